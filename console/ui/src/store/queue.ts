/** The queue: its filter from the address, its pages from the API, its changes from the live stream. */
import { batch, computed, effect, signal } from "@preact/signals";
import { ApiError, get, me } from "../api";
import { beat, onLive } from "../live";
import { path, query } from "../router";
import type { LiveEvent, Task, TaskList } from "../types";
import { type Filter, NOTHING, SETS, type Waiting, belongs, forget, loaded, orderOf, put, shown, takeIn, waiting } from "./order";

const PAGE = 100;
const MOST_AT_ONCE = 500;
const COUNT_AGAIN_MS = 1_000;

export const filter = computed<Filter>(() => filterOf(query.value));
const held = signal(NOTHING);
/** The rows as they are shown. */
export const tasks = computed(() => shown(held.value));
/** What waits to be taken in. */
export const heldBack = computed<Waiting>(() => waiting(held.value, orderOf(filter.value.view)));
/** Rows shown that have left the list since. */
export const leaving = computed(() => held.value.leaving);
/** Totals and counts as the server last gave them. */
export const summary = signal<Pick<TaskList, "total" | "counts" | "owners" | "last_event_at"> | null>(null);
export const state = signal<"loading" | "ready" | "failed">("loading");
export const failure = signal<string | null>(null);
const next = signal<string | null>(null);
export const hasMore = computed(() => next.value !== null);
/** Reasons to hold the rows still: a pointer over them, the keyboard in them, a selection, an open dialog. */
export const holding = signal<ReadonlySet<string>>(new Set());

/** Tasks that changed while pages were on their way, and by which change: a page that is older does not undo them. */
const recent = new Map<string, { task: Task; change: number }>();

export function filterOf(asked: URLSearchParams): Filter {
  const several = (name: string) => (asked.get(name) ?? "").split(",").filter(Boolean);
  const view = asked.get("view");
  const sets = Object.fromEntries(SETS.map((name) => [name, several(name)])) as Record<(typeof SETS)[number], string[]>;
  return { view: view === "closed" || view === "all" ? view : "open", q: asked.get("q") ?? "", ...sets };
}

function address(wanted: Filter, more: Record<string, string>): string {
  const asked = new URLSearchParams({ view: wanted.view, ...more });
  for (const name of SETS) if (wanted[name].length) asked.set(name, wanted[name].join(","));
  if (wanted.q) asked.set("q", wanted.q);
  return `tasks?${asked}`;
}

let asking: AbortController | null = null;
/** The change up to which the list was loaded. */
let loadedChange = 0;

/** Load the list from its beginning; as many rows as there are now, so that nothing is folded away. */
export async function reload(): Promise<void> {
  asking?.abort();
  const mine = (asking = new AbortController());
  const wanted = filter.peek();
  const limit = Math.min(Math.max(PAGE, held.peek().truth.size), MOST_AT_ONCE);
  try {
    const page = await get<TaskList>(address(wanted, { limit: String(limit) }), mine.signal);
    loadedChange = page.change;
    batch(() => {
      held.value = loaded(upToDate(page), orderOf(wanted.view));
      accept(page);
      state.value = "ready";
    });
  } catch (error) {
    fail(error);
  }
}

/** Load the next page, if there is one. */
export async function more(): Promise<void> {
  const cursor = next.peek();
  if (cursor === null || loadingMore.peek()) return;
  loadingMore.value = true;
  const wanted = filter.peek();
  try {
    const page = await get<TaskList>(address(wanted, { limit: String(PAGE), after: cursor }));
    if (wanted !== filter.peek()) return;
    batch(() => append(page, wanted));
  } catch (error) {
    fail(error);
  } finally {
    loadingMore.value = false;
  }
}

export const loadingMore = signal(false);

function append(page: TaskList, wanted: Filter): void {
  const old = held.peek();
  const fresh = upToDate(page).filter((task) => !old.truth.has(task.id));
  const truth = new Map([...old.truth, ...fresh.map((task) => [task.id, task] as const)]);
  held.value = { ...old, truth, order: [...old.order, ...fresh.sort(orderOf(wanted.view)).map((task) => task.id)] };
  accept(page);
}

function accept(page: TaskList): void {
  next.value = page.next;
  summary.value = { total: page.total, counts: page.counts, owners: page.owners, last_event_at: page.last_event_at };
  failure.value = null;
}

/** The tasks of a page, but where the stream has told something newer since, that. */
function upToDate(page: TaskList): Task[] {
  const wanted = filter.peek();
  return page.tasks
    .map((task) => {
      const known = recent.get(task.id);
      return known && known.change > page.change ? known.task : task;
    })
    .filter((task) => belongs(task, wanted));
}

function fail(error: unknown): void {
  if (!(error instanceof ApiError)) return; // it was given up for a newer question
  failure.value = error.message;
  if (state.peek() !== "ready") state.value = "failed";
}

/** Show what was held back. */
export function take(): void {
  held.value = takeIn(held.peek(), orderOf(filter.peek().view));
}

/** Hold the rows still for this reason, or no longer. */
export function hold(reason: string, on: boolean): void {
  if (holding.peek().has(reason) === on) return;
  const reasons = new Set(holding.peek());
  if (on) reasons.add(reason);
  else reasons.delete(reason);
  holding.value = reasons;
  if (reasons.size === 0) take();
}

// -- changes -----------------------------------------------------------------------------------------------------------------

function hear(event: LiveEvent): void {
  if (event.kind === "task") change(event.row, event.change);
  else if (event.kind === "command" && event.row.state !== "sent") settle(event.row.task, event.row.id);
  else if (event.kind === "erased") erase(event.row.customer);
  else if (event.kind === "reset" || (event.kind === "begun" && loadedChange < event.row.change)) void reload();
  else if (event.kind === "beat" && state.peek() === "failed") void reload();
  else if (event.kind === "beat") countSometimes();
}

function change(task: Task, number: number): void {
  if (recent.size > 2_000) recent.clear();
  recent.set(task.id, { task, change: number });
  if (state.peek() !== "ready") return;
  const stays = belongs(task, filter.peek()) && (held.peek().truth.has(task.id) || isWithin(task));
  show(task, stays);
  countSoon();
}

/** A command was decided: its row does not wait for it any more, also where nothing else changed. */
function settle(id: string, command: string): void {
  const task = held.peek().truth.get(id) ?? held.peek().leaving.get(id);
  if (task?.pending?.command === command) show({ ...task, pending: null }, held.peek().truth.has(id));
}

function erase(customer: string): void {
  for (const [id, { task }] of recent) if (task.customer === customer) recent.delete(id);
  held.value = forget(held.peek(), customer);
  countSoon();
}

function show(task: Task, stays: boolean): void {
  const changed = put(held.peek(), task, stays);
  // an empty list has no row that could jump: what is new is shown at once
  const still = holding.peek().size > 0 && changed.order.length > 0;
  held.value = still ? changed : takeIn(changed, orderOf(filter.peek().view));
}

/** Whether a task lies within the pages that are loaded: what comes after them is loaded with its page. */
function isWithin(task: Task): boolean {
  if (next.peek() === null) return true;
  const compare = orderOf(filter.peek().view);
  return [...held.peek().truth.values()].some((other) => compare(task, other) < 0);
}

let counting: ReturnType<typeof setTimeout> | undefined;
let countedAt = 0;

/** Counts and totals are the server's: asked for again after changes, at most once a second. */
function countSoon(): void {
  counting ??= setTimeout(() => void count(), COUNT_AGAIN_MS);
}

function countSometimes(): void {
  if (path.peek() === "/" && Date.now() - countedAt > 30_000) countSoon();
}

async function count(): Promise<void> {
  countedAt = Date.now();
  try {
    const page = await get<TaskList>(address(filter.peek(), { limit: "1" }));
    summary.value = { total: page.total, counts: page.counts, owners: page.owners, last_event_at: page.last_event_at };
  } catch {
    // the banner and the list say what is wrong; counts come again with the next change
  } finally {
    counting = undefined;
  }
}

/** When the last event came in, as far as anybody has told. */
export const lastEventAt = computed(() => beat.value?.last_event_at ?? summary.value?.last_event_at ?? null);

/** Load whenever the filter changes, and listen. */
export function keepQueue(): void {
  onLive(hear);
  let before = "";
  effect(() => {
    const wanted = JSON.stringify(filter.value);
    if (!me.value || path.value !== "/" || wanted === before) return;
    before = wanted;
    batch(() => {
      held.value = NOTHING;
      next.value = null;
      state.value = "loading";
    });
    void reload();
  });
}
