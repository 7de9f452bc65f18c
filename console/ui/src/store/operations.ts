/** Operations: what this user asked for, for one task or several, and what became of it; can be undone for ten seconds. Pure. */

import type { Command, Task, Verb } from "../types";
import { capitalize, nameOf, plural, refusalText, VERBS } from "../wording";

export const UNDO_MS = 10_000;

export type TaskRef = Pick<Task, "id" | "customer" | "customer_name">;

/** What a verb needs beside the task. */
export interface CommandFields {
  note?: string;
  cause?: string;
  action?: string;
  outcome?: string;
  reason?: string;
  until?: string;
}

export interface OperationItem {
  task: string;
  name: string;
  /** The command's id; null until the console took it, or where it did not. */
  command: string | null;
  state: "sending" | "sent" | "done" | "refused";
  sentence: string;
}

export interface Operation {
  id: number;
  verb: Verb;
  items: OperationItem[];
  /** What was written for it, so that it can be sent again without writing it anew. */
  fields: CommandFields;
  /** When the console took it, in milliseconds; null before. */
  sentAt: number | null;
  /** When the last decision about it came; null while none has. A late decision is shown as long as a prompt one. */
  decidedAt: number | null;
  /** Why nothing was sent at all. */
  failure: string | null;
  /** It was undone already: only once. */
  undone: boolean;
}

export function newOperation(id: number, verb: Verb, tasks: readonly TaskRef[], fields: CommandFields = {}): Operation {
  const items = tasks.map((task) => ({ task: task.id, name: nameOf(task), command: null, state: "sending" as const, sentence: "" }));
  return { id, verb, items, fields, sentAt: null, decidedAt: null, failure: null, undone: false };
}

/** The console's answer: a command's id for each, or why not. */
export function withResults(
  operation: Operation,
  results: readonly { command: string | null; error: string | null }[],
  at: number,
): Operation {
  const items = operation.items.map((item, place): OperationItem => {
    const result = results[place];
    if (result?.command) return { ...item, command: result.command, state: "sent" };
    return { ...item, state: "refused", sentence: result?.error ?? "was not answered" };
  });
  return { ...operation, items, sentAt: at };
}

/** With what the live stream brought about a command. */
export function withDecision(operation: Operation, command: Command, at: number): Operation {
  if (command.state === "sent" || !operation.items.some((item) => item.command === command.id)) return operation;
  const { state, sentence } = command;
  return {
    ...operation,
    decidedAt: at,
    items: operation.items.map((item) => (item.command === command.id ? { ...item, state, sentence } : item)),
  };
}

export const isPending = (operation: Operation): boolean =>
  !operation.failure && operation.items.some((item) => item.state === "sending" || item.state === "sent");

/** How far it is as a whole: still on its way to the console, taken by it, decided. */
export function stateOf(operation: Operation): OperationItem["state"] {
  if (operation.failure || refusedItems(operation).length) return "refused";
  return (["sending", "sent"] as const).find((state) => operation.items.some((item) => item.state === state)) ?? "done";
}

export const refusedItems = (operation: Operation): OperationItem[] => operation.items.filter((item) => item.state === "refused");

/** From when it counts how long it is shown, and can be undone: its decision, else when it was sent. */
export const shownSince = (operation: Operation): number => operation.decidedAt ?? operation.sentAt ?? -Infinity;

/** Whether it can still be undone at `now`. */
export function canUndo(operation: Operation, now: number): boolean {
  const canBeUndone = operation.items.some((item) => item.command !== null && item.state !== "refused");
  return canBeUndone && operation.verb !== "undo" && !operation.undone && now - shownSince(operation) < UNDO_MS;
}

/** What became of it in one sentence. */
export function summaryOf(operation: Operation): string {
  const { label, done } = VERBS[operation.verb];
  const names = operation.items.length === 1 ? (operation.items[0]?.name ?? "") : plural(operation.items.length, "task");
  if (operation.failure) return `Not sent: ${operation.failure}`;
  if (operation.items.some((item) => item.state === "sending")) return `${label}: sending, ${names}`;
  const refusals = refusedItems(operation);
  const waiting = operation.items.filter((item) => item.state === "sent").length;
  if (operation.items.length === 1) return waiting ? `${label}: sent, ${names}` : singleSummary(operation, done, names);
  const parts = [countText(operation, "done", done), waiting ? `${waiting} sent` : "", refusals.length ? `${refusals.length} refused` : ""];
  return capitalize(parts.filter(Boolean).join(", "));
}

function singleSummary(operation: Operation, done: string, name: string): string {
  const item = operation.items[0];
  if (item?.state === "refused") return `Refused: ${refusalText(item.sentence, item.task, name)}`;
  return `${capitalize(done)}: ${name}`;
}

function countText(operation: Operation, state: OperationItem["state"], word: string): string {
  const found = operation.items.filter((item) => item.state === state).length;
  return found ? `${found} ${word}` : "";
}
