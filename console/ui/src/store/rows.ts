/** The rows of the queue: which tasks match, in which order, and how they stay frozen while somebody points at them. Pure. */
import { isSlaStopped } from "../sla";
import type { Task } from "../types";

export interface Filter {
  view: "open" | "closed" | "all";
  priority: string[];
  tier: string[];
  cause: string[];
  status: string[];
  owner: string[];
  q: string;
}

const CLOSED = new Set(["resolved", "verified", "dismissed"]);
export const FILTER_FIELDS = ["priority", "tier", "cause", "status", "owner"] as const;

/** Whether a task belongs in a list with this filter, as the server decides it; but for the words that were searched. */
export function matchesFields(task: Task, filter: Filter): boolean {
  if (filter.view !== "all" && CLOSED.has(task.status) !== (filter.view === "closed")) return false;
  return !FILTER_FIELDS.some((name) => filter[name].length > 0 && !filter[name].includes(task[name]));
}

/** Whether the searched words occur in what is shown of a task. The server finds more: it knows all that was said, in every language. */
export function matchesWords(task: Task, filter: Filter): boolean {
  const words = [task.customer, task.customer_name, task.sentence, task.owner, task.id].filter(Boolean).join(" ").toLowerCase();
  return filter.q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

type Compare = (a: Task, b: Task) => number;

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/** Due and changed as numbers: lists of thousands are sorted again with each change. */
const timestamps = new WeakMap<Task, { due: number; changed: number }>();

function timestampsOf(task: Task): { due: number; changed: number } {
  const known = timestamps.get(task);
  if (known) return known;
  const parsed = { due: Date.parse(task.due_at), changed: Date.parse(task.changed_at) };
  timestamps.set(task, parsed);
  return parsed;
}

/** Open: by priority, those whose clock runs first, then by due time. Closed and all: what changed last comes first. */
export function comparatorFor(view: Filter["view"]): Compare {
  if (view !== "open") return (a, b) => timestampsOf(b).changed - timestampsOf(a).changed || compareText(b.id, a.id);
  return (a, b) =>
    compareText(a.priority, b.priority) ||
    Number(isSlaStopped(a)) - Number(isSlaStopped(b)) ||
    timestampsOf(a).due - timestampsOf(b).due ||
    compareText(a.id, b.id);
}

/** The rows as they are shown, and the latest tasks, which may differ while rows are frozen. */
export interface Rows {
  /** What belongs in the list, by id. */
  latest: ReadonlyMap<string, Task>;
  /** What is shown, in this order. */
  order: readonly string[];
  /** Rows still shown that do not belong any more: they go when pending changes are applied. */
  leaving: ReadonlyMap<string, Task>;
}

export const NO_ROWS: Rows = { latest: new Map(), order: [], leaving: new Map() };

/** A list as it was loaded. */
export function rowsOf(tasks: readonly Task[], compare: Compare): Rows {
  return withPending({ latest: new Map(tasks.map((task) => [task.id, task])), order: [], leaving: new Map() }, compare);
}

/** One task as it is now. A row that is shown keeps its place; it changes where it stands. */
export function upsert(rows: Rows, task: Task, stays: boolean): Rows {
  const latest = new Map(rows.latest);
  const leaving = new Map(rows.leaving);
  latest.delete(task.id);
  leaving.delete(task.id);
  if (stays) latest.set(task.id, task);
  else if (rows.order.includes(task.id)) leaving.set(task.id, task);
  return { latest, order: rows.order, leaving };
}

/** Without the tasks of a customer who was erased: at once, also where rows are frozen. */
export function withoutCustomerTasks(rows: Rows, customer: string): Rows {
  const others = (tasks: ReadonlyMap<string, Task>) => new Map([...tasks].filter(([, task]) => task.customer !== customer));
  const [latest, leaving] = [others(rows.latest), others(rows.leaving)];
  return { latest, leaving, order: rows.order.filter((id) => latest.has(id) || leaving.has(id)) };
}

/** Pending changes applied: new rows come, moved rows move, those that left go. */
export function withPending(rows: Rows, compare: Compare): Rows {
  const order = [...rows.latest.values()].sort(compare).map((task) => task.id);
  return { latest: rows.latest, order, leaving: new Map() };
}

/** The tasks that are shown, in their order. */
export function visibleTasks(rows: Rows): Task[] {
  return rows.order.flatMap((id) => rows.latest.get(id) ?? rows.leaving.get(id) ?? []);
}

export interface PendingChanges {
  added: number;
  moved: number;
  leaving: number;
}

/** What applying the pending changes would do. `moved` is the least number of rows that have to move. */
export function countPending(rows: Rows, compare: Compare): PendingChanges {
  const places = new Map(rows.order.map((id, place) => [id, place]));
  const staying = [...rows.latest.values()].filter((task) => places.has(task.id)).sort(compare);
  const unmoved = longestIncreasingSubsequence(staying.map((task) => places.get(task.id) ?? 0));
  return { added: rows.latest.size - staying.length, moved: staying.length - unmoved, leaving: rows.leaving.size };
}

/** Its length, by patience sorting. */
function longestIncreasingSubsequence(numbers: readonly number[]): number {
  const tops: number[] = [];
  for (const number of numbers) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    tops[low] = number;
  }
  return tops.length;
}
