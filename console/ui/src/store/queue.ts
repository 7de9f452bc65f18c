/** The queue: its filter from the address, its pages from the API, its changes from the live stream. */
import { batch, computed, effect, signal } from "@preact/signals";
import { ApiError, get, me } from "../api";
import { beat, onLiveEvent } from "../live-stream";
import { path, query } from "../router";
import { coarseNow, relative } from "../time";
import type { LiveEvent, Task, TaskList } from "../types";
import {
  comparatorFor,
  countPending,
  FILTER_FIELDS,
  type Filter,
  matchesFields,
  matchesWords,
  NO_ROWS,
  type PendingChanges,
  rowsOf,
  upsert,
  visibleTasks,
  withoutCustomerTasks,
  withPending,
} from "./rows";

const PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 500;
const COUNT_INTERVAL_MS = 1_000;

export const filter = computed<Filter>(() => parseFilter(query.value));
const rows = signal(NO_ROWS);
/** The rows as they are shown. */
export const tasks = computed(() => visibleTasks(rows.value));
/** Changes that are not shown yet because the rows are frozen. */
export const pendingChanges = computed<PendingChanges>(() => countPending(rows.value, comparatorFor(filter.value.view)));
/** Rows shown that have left the list since. */
export const leaving = computed(() => rows.value.leaving);
/** Totals and counts as the server last gave them. */
export const summary = signal<Pick<TaskList, "total" | "counts" | "owners" | "last_event_at"> | null>(null);
export const state = signal<"loading" | "ready" | "failed">("loading");
export const failure = signal<string | null>(null);
const next = signal<string | null>(null);
export const hasMore = computed(() => next.value !== null);
/** Reasons to freeze the rows: a pointer over them, the keyboard in them, a selection, an open dialog. */
export const freezeReasons = signal<ReadonlySet<string>>(new Set());

/** Tasks that changed while pages were on their way, and by which change: a page that is older does not undo them. */
const recentChanges = new Map<string, { task: Task; change: number }>();

export function parseFilter(params: URLSearchParams): Filter {
  const several = (name: string) => (params.get(name) ?? "").split(",").filter(Boolean);
  const view = params.get("view");
  const sets = Object.fromEntries(FILTER_FIELDS.map((name) => [name, several(name)])) as Record<(typeof FILTER_FIELDS)[number], string[]>;
  return { view: view === "closed" || view === "all" ? view : "open", q: params.get("q") ?? "", ...sets };
}

function queueUrl(requested: Filter, more: Record<string, string>): string {
  const params = new URLSearchParams({ view: requested.view, ...more });
  for (const name of FILTER_FIELDS) if (requested[name].length) params.set(name, requested[name].join(","));
  if (requested.q) params.set("q", requested.q);
  return `tasks?${params}`;
}

let controller: AbortController | null = null;
/** The change up to which the list was loaded. */
let loadedChange = 0;

/** Load the list from its beginning; as many rows as there are now, so that the list does not become shorter. */
export async function reload(): Promise<void> {
  controller?.abort();
  const request = new AbortController();
  controller = request;
  const requested = filter.peek();
  const limit = Math.min(Math.max(PAGE_SIZE, rows.peek().latest.size), MAX_PAGE_SIZE);
  try {
    const page = await get<TaskList>(queueUrl(requested, { limit: String(limit) }), request.signal);
    loadedChange = page.change;
    batch(() => {
      rows.value = rowsOf(withRecentChanges(page), comparatorFor(requested.view));
      storeSummary(page);
      state.value = "ready";
    });
  } catch (error) {
    onFailure(error);
  }
}

/** Load the next page, if there is one. */
export async function loadMore(): Promise<void> {
  const cursor = next.peek();
  if (cursor === null || isLoadingMore.peek()) return;
  isLoadingMore.value = true;
  const requested = filter.peek();
  try {
    const page = await get<TaskList>(queueUrl(requested, { limit: String(PAGE_SIZE), after: cursor }));
    if (requested !== filter.peek()) return;
    batch(() => appendPage(page, requested));
  } catch (error) {
    onFailure(error);
  } finally {
    isLoadingMore.value = false;
  }
}

export const isLoadingMore = signal(false);

function appendPage(page: TaskList, requested: Filter): void {
  const old = rows.peek();
  const fresh = withRecentChanges(page).filter((task) => !old.latest.has(task.id));
  const latest = new Map([...old.latest, ...fresh.map((task) => [task.id, task] as const)]);
  rows.value = { ...old, latest, order: [...old.order, ...fresh.sort(comparatorFor(requested.view)).map((task) => task.id)] };
  storeSummary(page);
}

function storeSummary(page: TaskList): void {
  next.value = page.next;
  summary.value = { total: page.total, counts: page.counts, owners: page.owners, last_event_at: page.last_event_at };
  failure.value = null;
}

/** The tasks of a page, but where the stream has brought something newer since, that. */
function withRecentChanges(page: TaskList): Task[] {
  const requested = filter.peek();
  return page.tasks
    .map((task) => {
      const known = recentChanges.get(task.id);
      return known && known.change > page.change ? known.task : task;
    })
    .filter((task) => matchesFields(task, requested));
}

function onFailure(error: unknown): void {
  if (!(error instanceof ApiError)) return; // it was aborted for a newer request
  failure.value = error.message;
  if (state.peek() !== "ready") state.value = "failed";
}

/** Apply the changes that waited while the rows were frozen. */
export function applyPending(): void {
  rows.value = withPending(rows.peek(), comparatorFor(filter.peek().view));
}

/** Freeze the rows for this reason, or no longer. */
export function freeze(reason: string, on: boolean): void {
  if (freezeReasons.peek().has(reason) === on) return;
  const reasons = new Set(freezeReasons.peek());
  if (on) reasons.add(reason);
  else reasons.delete(reason);
  freezeReasons.value = reasons;
  if (reasons.size === 0) applyPending();
}

// -- changes -----------------------------------------------------------------------------------------------------------------

function onEvent(event: LiveEvent): void {
  if (event.kind === "task") onTask(event.row, event.change);
  else if (event.kind === "command" && event.row.state !== "sent") clearPendingCommand(event.row.task, event.row.id);
  else if (event.kind === "erased") eraseCustomer(event.row.customer);
  else if (event.kind === "reset" || (event.kind === "begun" && loadedChange < event.row.change)) void reload();
  else if (event.kind === "beat" && state.peek() === "failed") void reload();
  else if (event.kind === "beat") countIfStale();
}

function onTask(task: Task, number: number): void {
  if (recentChanges.size > 2_000) recentChanges.clear();
  recentChanges.set(task.id, { task, change: number });
  if (state.peek() !== "ready") return;
  const known = rows.peek().latest.has(task.id); // the server has found it
  const stays = matchesFields(task, filter.peek()) && (known || (matchesWords(task, filter.peek()) && isWithinLoaded(task)));
  showTask(task, stays);
  scheduleCount();
}

/** A command was decided: its row does not wait for it any more, also where nothing else changed. */
function clearPendingCommand(id: string, command: string): void {
  const task = rows.peek().latest.get(id) ?? rows.peek().leaving.get(id);
  if (task?.pending?.command === command) showTask({ ...task, pending: null }, rows.peek().latest.has(id));
}

function eraseCustomer(customer: string): void {
  for (const [id, { task }] of recentChanges) if (task.customer === customer) recentChanges.delete(id);
  rows.value = withoutCustomerTasks(rows.peek(), customer);
  scheduleCount();
}

function showTask(task: Task, stays: boolean): void {
  const changed = upsert(rows.peek(), task, stays);
  // an empty list has no row that could jump: what is new is shown at once
  const frozen = freezeReasons.peek().size > 0 && changed.order.length > 0;
  rows.value = frozen ? changed : withPending(changed, comparatorFor(filter.peek().view));
}

/** Whether a task lies within the pages that are loaded: what comes after them is loaded with its page. */
function isWithinLoaded(task: Task): boolean {
  if (next.peek() === null) return true;
  const compare = comparatorFor(filter.peek().view);
  return [...rows.peek().latest.values()].some((other) => compare(task, other) < 0);
}

let countTimer: ReturnType<typeof setTimeout> | undefined;
let countedAt = 0;

/** Counts and totals are the server's: loaded again after changes, at most once a second. */
function scheduleCount(): void {
  if (countTimer === undefined) countTimer = setTimeout(() => void loadCounts(), COUNT_INTERVAL_MS);
}

function countIfStale(): void {
  if (path.peek() === "/" && Date.now() - countedAt > 30_000) scheduleCount();
}

async function loadCounts(): Promise<void> {
  countedAt = Date.now();
  try {
    const page = await get<TaskList>(queueUrl(filter.peek(), { limit: "1" }));
    summary.value = { total: page.total, counts: page.counts, owners: page.owners, last_event_at: page.last_event_at };
  } catch {
    // the banner and the list say what is wrong; counts come again with the next change
  } finally {
    countTimer = undefined;
  }
}

/** When the last event came in, as far as is known. */
export const lastEventAt = computed(() => beat.value?.last_event_at ?? summary.value?.last_event_at ?? null);

/** For a page that has nothing to show: whether anything came in at all. */
export function lastEventText(): string {
  const at = lastEventAt.value;
  return at === null ? "No event has come in yet." : `Last event ${relative(Date.parse(at), coarseNow.value)}.`;
}

/** Load the list whenever the filter changes, and follow the live stream. */
export function startQueue(): void {
  onLiveEvent(onEvent);
  let before = "";
  effect(() => {
    const requested = JSON.stringify(filter.value);
    if (!me.value || path.value !== "/" || requested === before) return;
    before = requested;
    batch(() => {
      rows.value = NO_ROWS;
      next.value = null;
      state.value = "loading";
    });
    void reload();
  });
}
