/** Which row of the queue has the keyboard focus, and which rows are selected. */
import { computed, effect, signal } from "@preact/signals";
import type { Task } from "../types";
import { filter, freeze, tasks } from "./queue";

/** The row that Tab leads to and that keys act on. */
export const focused = signal<string | null>(null);
export const selected = signal<ReadonlySet<string>>(new Set());
/** Selected tasks that are shown, in their order. */
export const selectedTasks = computed(() => tasks.value.filter((task) => selected.value.has(task.id)));

/** What a key or a button acts on: the selected tasks, else the focused one. */
export function selectedOrFocused(): Task[] {
  if (selectedTasks.peek().length) return selectedTasks.peek();
  return tasks.peek().filter((task) => task.id === focused.peek());
}

/** The task `by` rows after the focused one; at an end of the list, the one there. */
export function idAtOffset(by: number): string | null {
  const rows = tasks.peek();
  const at = rows.findIndex((task) => task.id === focused.peek());
  const to = at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1);
  return rows[to]?.id ?? null;
}

export function toggle(id: string): void {
  const changed = new Set(selected.peek());
  if (!changed.delete(id)) changed.add(id);
  selected.value = changed;
}

/** Select everything from the last selected row above (or the first) down to this one. */
export function selectUpTo(id: string): void {
  const rows = tasks.peek();
  const end = rows.findIndex((task) => task.id === id);
  const last = rows.slice(0, end).findLastIndex((task) => selected.peek().has(task.id));
  selected.value = new Set([...selected.peek(), ...rows.slice(Math.max(last, 0), end + 1).map((task) => task.id)]);
}

export function selectAll(on: boolean): void {
  selected.value = on ? new Set(tasks.peek().map((task) => task.id)) : new Set();
}

export function startSelection(): void {
  effect(() => freeze("selection", selected.value.size > 0));
  let before = filter.peek();
  effect(() => {
    if (filter.value === before) return;
    before = filter.value;
    selected.value = new Set(); // what is not shown any more is not acted on
    focused.value = null;
  });
}
