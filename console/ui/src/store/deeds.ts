/** Deeds: what somebody asked for here, for one task or several, and what became of it; with a way back for ten seconds. Pure. */
import { VERBS, capital, many, nameOf, refusalOf } from "../wording";
import type { Command, Task, Verb } from "../types";

export const UNDO_MS = 10_000;

export type Subject = Pick<Task, "id" | "customer" | "customer_name">;

/** What a verb needs beside the task. */
export interface Fields {
  note?: string;
  cause?: string;
  action?: string;
  outcome?: string;
  reason?: string;
  until?: string;
}

export interface Item {
  task: string;
  name: string;
  /** The command's id; null until the console took it, or where it did not. */
  command: string | null;
  state: "asking" | "sent" | "done" | "refused";
  sentence: string;
}

export interface Deed {
  id: number;
  verb: Verb;
  items: Item[];
  /** What was written for it, so that it can be sent again without writing it anew. */
  fields: Fields;
  /** When the console took it, in milliseconds; null before. */
  sentAt: number | null;
  /** When the last decision about it came; null while none has. What is told late is shown as long as what is told at once. */
  toldAt: number | null;
  /** Why nothing was sent at all. */
  failure: string | null;
  /** What was taken back has no way back. */
  takenBack: boolean;
}

export function begun(id: number, verb: Verb, tasks: readonly Subject[], fields: Fields = {}): Deed {
  const items = tasks.map((task) => ({ task: task.id, name: nameOf(task), command: null, state: "asking" as const, sentence: "" }));
  return { id, verb, items, fields, sentAt: null, toldAt: null, failure: null, takenBack: false };
}

/** The console's answer: a command's id for each, or why not. */
export function sent(deed: Deed, results: readonly { command: string | null; error: string | null }[], at: number): Deed {
  const items = deed.items.map((item, place): Item => {
    const result = results[place];
    if (result?.command) return { ...item, command: result.command, state: "sent" };
    return { ...item, state: "refused", sentence: result?.error ?? "was not answered" };
  });
  return { ...deed, items, sentAt: at };
}

/** What the live stream tells of a command. */
export function decided(deed: Deed, command: Command, at: number): Deed {
  if (command.state === "sent" || !deed.items.some((item) => item.command === command.id)) return deed;
  const { state, sentence } = command;
  return { ...deed, toldAt: at, items: deed.items.map((item) => (item.command === command.id ? { ...item, state, sentence } : item)) };
}

export const isWaiting = (deed: Deed): boolean =>
  !deed.failure && deed.items.some((item) => item.state === "asking" || item.state === "sent");

/** How far it is as a whole: still on its way to the console, taken by it, decided. */
export function stateOf(deed: Deed): Item["state"] {
  if (deed.failure || refused(deed).length) return "refused";
  return (["asking", "sent"] as const).find((state) => deed.items.some((item) => item.state === state)) ?? "done";
}

export const refused = (deed: Deed): Item[] => deed.items.filter((item) => item.state === "refused");

/** From when it counts how long it is shown, and can be taken back: its decision, else when it was sent. */
export const since = (deed: Deed): number => deed.toldAt ?? deed.sentAt ?? -Infinity;

/** Whether it can still be taken back at `now`. */
export function canUndo(deed: Deed, now: number): boolean {
  const worth = deed.items.some((item) => item.command !== null && item.state !== "refused");
  return worth && deed.verb !== "undo" && !deed.takenBack && now - since(deed) < UNDO_MS;
}

/** What became of it in one sentence. */
export function told(deed: Deed): string {
  const { ask, done } = VERBS[deed.verb];
  const names = deed.items.length === 1 ? (deed.items[0]?.name ?? "") : many(deed.items.length, "task");
  if (deed.failure) return `Not sent: ${deed.failure}`;
  if (deed.items.some((item) => item.state === "asking")) return `${ask}: sending, ${names}`;
  const refusals = refused(deed);
  const waiting = deed.items.filter((item) => item.state === "sent").length;
  if (deed.items.length === 1) return waiting ? `${ask}: sent, ${names}` : oneTold(deed, done, names);
  const parts = [count(deed, "done", done), waiting ? `${waiting} sent` : "", refusals.length ? `${refusals.length} refused` : ""];
  return capital(parts.filter(Boolean).join(", "));
}

function oneTold(deed: Deed, done: string, name: string): string {
  const item = deed.items[0];
  if (item?.state === "refused") return `Refused: ${refusalOf(item.sentence, item.task, name)}`;
  return `${capital(done)}: ${name}`;
}

function count(deed: Deed, state: Item["state"], word: string): string {
  const found = deed.items.filter((item) => item.state === state).length;
  return found ? `${found} ${word}` : "";
}
