/** Operations: what this user asked for, for one task or several, and what became of it; can be undone for ten seconds. Pure. */

import type { Command, Task, Verb } from "../types";
import { capitalize, nameOf, plural, VERBS } from "../wording";

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
  /** "unsent" did not reach Kafka and never will; of "unknown" nobody knows, until the live stream tells of it. */
  state: "sending" | "sent" | "done" | "refused" | "unsent" | "unknown";
  sentence: string;
}

/** What the console says of each: the command's id, where it was sent or may have been, and what went wrong. */
export interface CommandResult {
  state: "sent" | "not_sent" | "unknown" | "refused";
  command: string | null;
  error: string | null;
}

export interface Operation {
  id: number;
  verb: Verb;
  items: OperationItem[];
  /** What was written for it, so that it can be sent again without writing it anew. */
  fields: CommandFields;
  /** When the console took it, in milliseconds; null before. */
  sentAt: number | null;
  /** When the stream last told of it; null while it has not. A late decision is shown as long as a prompt one. */
  decidedAt: number | null;
  /** Why nothing was sent at all, where the console did not say it of each. */
  failure: string | null;
  /** It was undone already: only once. */
  undone: boolean;
}

/** The task of an item, to act on it again. */
export const refOf = (item: OperationItem): TaskRef => ({ id: item.task, customer: item.name, customer_name: item.name });

export function newOperation(id: number, verb: Verb, tasks: readonly TaskRef[], fields: CommandFields = {}): Operation {
  const items = tasks.map((task) => ({ task: task.id, name: nameOf(task), command: null, state: "sending" as const, sentence: "" }));
  return { id, verb, items, fields, sentAt: null, decidedAt: null, failure: null, undone: false };
}

const STATES = { sent: "sent", not_sent: "unsent", unknown: "unknown", refused: "refused" } as const;

/** The console's answer for each. */
export function withResults(operation: Operation, results: readonly CommandResult[], at: number): Operation {
  const items = operation.items.map((item, place): OperationItem => {
    const result = results[place];
    if (!result) return { ...item, state: "unknown", sentence: unknownText(operation.verb, item.name, "the console did not say") };
    return { ...item, command: result.command, state: STATES[result.state], sentence: capitalize(result.error ?? "") };
  });
  return { ...operation, items, sentAt: at };
}

/** With what the live stream brought about a command. */
export function withDecision(operation: Operation, command: Command, at: number): Operation {
  const mine = operation.items.find((item) => item.command === command.id);
  if (!mine || (command.state === "sent" && mine.state !== "unknown")) return operation;
  const { state } = command;
  // a refusal is a predicate about the customer's task: "is already acknowledged by ann"
  const sentence = state === "refused" ? `${mine.name} ${command.sentence}` : command.sentence;
  return {
    ...operation,
    decidedAt: at,
    items: operation.items.map((item) => (item.command === command.id ? { ...item, state, sentence } : item)),
  };
}

/** How far it is as a whole: still on its way to the console, taken by it, decided. */
export function stateOf(operation: Operation): OperationItem["state"] {
  if (operation.failure || refusedItems(operation).length || unsentItems(operation).length) return "refused";
  return (["sending", "sent"] as const).find((state) => operation.items.some((item) => item.state === state)) ?? "done";
}

export const refusedItems = (operation: Operation): OperationItem[] => operation.items.filter((item) => item.state === "refused");

/** What did not reach Kafka, or may not have: to be asked for again by whoever still wants it. */
export const unsentItems = (operation: Operation): OperationItem[] =>
  operation.items.filter((item) => operation.failure || item.state === "unsent" || item.state === "unknown");

const NOTHING_TRIES = "Nothing tries again by itself: click again when the board is live.";
const IF_IT_ARRIVED = "What did arrive is shown then, and is not done twice if you click again.";

/** As the console says it, for when the console itself could not. */
export function unknownText(verb: Verb, names: string, why: string): string {
  return `It is not known whether “${verb}” was sent for ${names}: ${why}. ${NOTHING_TRIES} ${IF_IT_ARRIVED}`;
}

export const namesOf = (operation: Operation): string =>
  operation.items.length === 1 ? (operation.items[0]?.name ?? "") : plural(operation.items.length, "task");

/** From when it counts how long it is shown, and can be undone: its decision, else when it was sent. */
export const shownSince = (operation: Operation): number => operation.decidedAt ?? operation.sentAt ?? -Infinity;

export const canBeUndone = (item: OperationItem): boolean => item.state === "sent" || item.state === "done";

/** Whether it can still be undone at `now`. */
export function canUndo(operation: Operation, now: number): boolean {
  return operation.items.some(canBeUndone) && operation.verb !== "undo" && !operation.undone && now - shownSince(operation) < UNDO_MS;
}

/** What became of it in one sentence. */
export function summaryOf(operation: Operation): string {
  const { label, done } = VERBS[operation.verb];
  const names = namesOf(operation);
  if (operation.failure) return operation.failure;
  if (operation.items.some((item) => item.state === "sending")) return `${label}: sending, ${names}`;
  const refusals = refusedItems(operation);
  const waiting = operation.items.filter((item) => item.state === "sent").length;
  if (operation.items.length === 1) return waiting ? `${label}: sent, ${names}` : singleSummary(operation, done, names);
  const parts = [countText(operation, "done", done), waiting ? `${waiting} sent` : "", refusals.length ? `${refusals.length} refused` : ""];
  const missed = [countText(operation, "unsent", "not sent"), countText(operation, "unknown", "of which nobody knows whether it was sent")];
  const sums = capitalize([...parts, ...missed].filter(Boolean).join(", "));
  return unsentItems(operation).length ? `${sums}. ${NOTHING_TRIES}` : sums;
}

function singleSummary(operation: Operation, done: string, name: string): string {
  const item = operation.items[0];
  if (item?.state === "unsent" || item?.state === "unknown") return item.sentence;
  if (item?.state === "refused") return `Refused: ${item.sentence}`;
  return `${capitalize(done)}: ${name}`;
}

function countText(operation: Operation, state: OperationItem["state"], word: string): string {
  const found = operation.items.filter((item) => item.state === state).length;
  return found ? `${found} ${word}` : "";
}
