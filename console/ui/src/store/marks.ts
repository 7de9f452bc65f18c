/** Which row of the queue the keyboard is on, and which rows are marked. */
import { computed, effect, signal } from "@preact/signals";
import type { Task } from "../types";
import { onSeveral } from "./actions";
import { filter, hold, tasks } from "./queue";

/** The row that Tab leads to and that keys act on. */
export const current = signal<string | null>(null);
export const marked = signal<ReadonlySet<string>>(new Set());
/** Marked tasks that are shown, in their order. */
export const markedTasks = computed(() => tasks.value.filter((task) => marked.value.has(task.id)));

/** What a key or a button acts on: the marked tasks, else the one that the keyboard is on. */
export function chosen(): Task[] {
  if (markedTasks.peek().length) return markedTasks.peek();
  return tasks.peek().filter((task) => task.id === current.peek());
}

/** The row `by` rows further on, within the list. */
export function step(by: number): string | null {
  const rows = tasks.peek();
  const at = rows.findIndex((task) => task.id === current.peek());
  const to = at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1);
  return rows[to]?.id ?? null;
}

export function toggle(id: string): void {
  const changed = new Set(marked.peek());
  if (!changed.delete(id)) changed.add(id);
  marked.value = changed;
}

/** Mark everything from the last marked row above (or the first) down to this one. */
export function markUpTo(id: string): void {
  const rows = tasks.peek();
  const end = rows.findIndex((task) => task.id === id);
  const last = rows.slice(0, end).findLastIndex((task) => marked.peek().has(task.id));
  marked.value = new Set([...marked.peek(), ...rows.slice(Math.max(last, 0), end + 1).map((task) => task.id)]);
}

export function markAll(on: boolean): void {
  marked.value = on ? new Set(tasks.peek().map((task) => task.id)) : new Set();
}

export function keepMarks(): void {
  onSeveral.push(() => markAll(false));
  effect(() => hold("marked", marked.value.size > 0));
  let before = filter.peek();
  effect(() => {
    if (filter.value === before) return;
    before = filter.value;
    marked.value = new Set(); // what is not shown any more is not acted on
    current.value = null;
  });
}
