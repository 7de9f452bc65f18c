/** Which tasks an action is about: those chosen in the queue, or the one whose page is shown. */
import { signal } from "@preact/signals";
import type { Task } from "../types";
import { chosen } from "./marks";

/** The task whose page is shown. */
export const pageTask = signal<Task | null>(null);

export function subject(path: string): Task[] {
  if (path === "/") return chosen();
  return pageTask.value && path.startsWith("/tasks/") ? [pageTask.value] : [];
}
