/** Which tasks an action is about: those selected or focused in the queue, or the one whose page is shown. */
import { signal } from "@preact/signals";
import type { Task } from "../types";
import { selectedOrFocused } from "./selection";

/** The task whose page is shown. */
export const pageTask = signal<Task | null>(null);

export function actionTargets(path: string): Task[] {
  if (path === "/") return selectedOrFocused();
  return pageTask.value && path.startsWith("/tasks/") ? [pageTask.value] : [];
}
