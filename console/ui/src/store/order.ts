/** The rows of a list: which belong, in which order, and how they are held still while somebody points at them. Pure. */
import { isSettled } from "../sla";
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
export const SETS = ["priority", "tier", "cause", "status", "owner"] as const;

/** Whether a task belongs in a list with this filter, as the server decides it. */
export function belongs(task: Task, filter: Filter): boolean {
  if (filter.view !== "all" && CLOSED.has(task.status) !== (filter.view === "closed")) return false;
  if (SETS.some((name) => filter[name].length > 0 && !filter[name].includes(task[name]))) return false;
  const words = [task.customer, task.customer_name, task.sentence, task.owner, task.id].filter(Boolean).join(" ").toLowerCase();
  return filter.q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

type Compare = (a: Task, b: Task) => number;

const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/** Due and changed as numbers: lists of thousands are sorted again with each change. */
const instants = new WeakMap<Task, { due: number; changed: number }>();

function instantsOf(task: Task): { due: number; changed: number } {
  let known = instants.get(task);
  if (!known) instants.set(task, (known = { due: Date.parse(task.due_at), changed: Date.parse(task.changed_at) }));
  return known;
}

/** Open: by priority, those whose clock runs first, then by due time. Closed and all: what changed last comes first. */
export function orderOf(view: Filter["view"]): Compare {
  if (view !== "open") return (a, b) => instantsOf(b).changed - instantsOf(a).changed || text(b.id, a.id);
  return (a, b) =>
    text(a.priority, b.priority) ||
    Number(isSettled(a)) - Number(isSettled(b)) ||
    instantsOf(a).due - instantsOf(b).due ||
    text(a.id, b.id);
}

/** The rows as they are shown, and the truth that waits behind them. */
export interface Held {
  /** What belongs in the list, by id. */
  truth: ReadonlyMap<string, Task>;
  /** What is shown, in this order. */
  order: readonly string[];
  /** Rows still shown that do not belong any more: they go when the truth is taken in. */
  leaving: ReadonlyMap<string, Task>;
}

export const NOTHING: Held = { truth: new Map(), order: [], leaving: new Map() };

/** A list as it was loaded. */
export function loaded(tasks: readonly Task[], compare: Compare): Held {
  return takeIn({ truth: new Map(tasks.map((task) => [task.id, task])), order: [], leaving: new Map() }, compare);
}

/** One task as it is now. A row that is shown keeps its place; it changes where it stands. */
export function put(held: Held, task: Task, stays: boolean): Held {
  const truth = new Map(held.truth);
  const leaving = new Map(held.leaving);
  truth.delete(task.id);
  leaving.delete(task.id);
  if (stays) truth.set(task.id, task);
  else if (held.order.includes(task.id)) leaving.set(task.id, task);
  return { truth, order: held.order, leaving };
}

/** The tasks of a customer are forgotten at once, wherever they are. */
export function forget(held: Held, customer: string): Held {
  const others = (tasks: ReadonlyMap<string, Task>) => new Map([...tasks].filter(([, task]) => task.customer !== customer));
  const [truth, leaving] = [others(held.truth), others(held.leaving)];
  return { truth, leaving, order: held.order.filter((id) => truth.has(id) || leaving.has(id)) };
}

/** Show the truth: new rows come, moved rows move, those that left go. */
export function takeIn(held: Held, compare: Compare): Held {
  const order = [...held.truth.values()].sort(compare).map((task) => task.id);
  return { truth: held.truth, order, leaving: new Map() };
}

/** The tasks that are shown, in their order. */
export function shown(held: Held): Task[] {
  return held.order.flatMap((id) => held.truth.get(id) ?? held.leaving.get(id) ?? []);
}

export interface Waiting {
  added: number;
  moved: number;
  leaving: number;
}

/** What taking in would change. `moved` is the least number of rows that have to move. */
export function waiting(held: Held, compare: Compare): Waiting {
  const places = new Map(held.order.map((id, place) => [id, place]));
  const stay = [...held.truth.values()].filter((task) => places.has(task.id)).sort(compare);
  const rising = longestRise(stay.map((task) => places.get(task.id) ?? 0));
  return { added: held.truth.size - stay.length, moved: stay.length - rising, leaving: held.leaving.size };
}

/** The length of the longest rising subsequence, by patience sorting. */
function longestRise(numbers: readonly number[]): number {
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
