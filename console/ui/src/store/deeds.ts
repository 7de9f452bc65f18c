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
  /** "unsent" did not reach Kafka and never will; of "unknown" nobody knows, until the live stream tells of it. */
  state: "asking" | "sent" | "done" | "refused" | "unsent" | "unknown";
  sentence: string;
}

/** What the console says of each: the command's id, where it was sent or may have been, and what went wrong. */
export interface Result {
  state: "sent" | "not_sent" | "unknown" | "refused";
  command: string | null;
  error: string | null;
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
  /** Why nothing was sent at all, where the console did not say it of each. */
  failure: string | null;
  /** What was taken back has no way back. */
  takenBack: boolean;
}

export function begun(id: number, verb: Verb, tasks: readonly Subject[], fields: Fields = {}): Deed {
  const items = tasks.map((task) => ({ task: task.id, name: nameOf(task), command: null, state: "asking" as const, sentence: "" }));
  return { id, verb, items, fields, sentAt: null, toldAt: null, failure: null, takenBack: false };
}

const STATES = { sent: "sent", not_sent: "unsent", unknown: "unknown", refused: "refused" } as const;

/** The console's answer for each. */
export function sent(deed: Deed, results: readonly Result[], at: number): Deed {
  const items = deed.items.map((item, place): Item => {
    const result = results[place];
    if (!result) return { ...item, state: "unknown", sentence: unknown(deed.verb, item.name, "the console did not say") };
    return { ...item, command: result.command, state: STATES[result.state], sentence: capital(result.error ?? "") };
  });
  return { ...deed, items, sentAt: at };
}

/** What the live stream tells of a command. */
export function decided(deed: Deed, command: Command, at: number): Deed {
  const mine = deed.items.find((item) => item.command === command.id);
  if (!mine || (command.state === "sent" && mine.state !== "unknown")) return deed;
  const { state, sentence } = command;
  return { ...deed, toldAt: at, items: deed.items.map((item) => (item.command === command.id ? { ...item, state, sentence } : item)) };
}

export const isWaiting = (deed: Deed): boolean => !deed.failure && deed.items.some((item) => item.state === "asking" || item.state === "sent");

/** How far it is as a whole: still on its way to the console, taken by it, decided. */
export function stateOf(deed: Deed): Item["state"] {
  if (deed.failure || refused(deed).length || unsent(deed).length) return "refused";
  return (["asking", "sent"] as const).find((state) => deed.items.some((item) => item.state === state)) ?? "done";
}

export const refused = (deed: Deed): Item[] => deed.items.filter((item) => item.state === "refused");

/** What did not reach Kafka, or may not have: to be asked for again by whoever still wants it. */
export const unsent = (deed: Deed): Item[] => deed.items.filter((item) => deed.failure || item.state === "unsent" || item.state === "unknown");

const NOTHING_TRIES = "Nothing tries again by itself: click again when the board is live.";
const IF_IT_ARRIVED = "What did arrive is shown then, and is not done twice if you click again.";

/** As the console says it, for when the console itself could not. */
export function unknown(verb: Verb, names: string, why: string): string {
  return `It is not known whether “${verb}” was sent for ${names}: ${why}. ${NOTHING_TRIES} ${IF_IT_ARRIVED}`;
}

export const namesOf = (deed: Deed): string => (deed.items.length === 1 ? (deed.items[0]?.name ?? "") : many(deed.items.length, "task"));

/** From when it counts how long it is shown, and can be taken back: its decision, else when it was sent. */
export const since = (deed: Deed): number => deed.toldAt ?? deed.sentAt ?? -Infinity;

export const canBeTakenBack = (item: Item): boolean => item.state === "sent" || item.state === "done";

/** Whether it can still be taken back at `now`. */
export function canUndo(deed: Deed, now: number): boolean {
  const worth = deed.items.some(canBeTakenBack);
  return worth && deed.verb !== "undo" && !deed.takenBack && now - since(deed) < UNDO_MS;
}

/** What became of it in one sentence. */
export function told(deed: Deed): string {
  const { ask, done } = VERBS[deed.verb];
  const names = namesOf(deed);
  if (deed.failure) return deed.failure;
  if (deed.items.some((item) => item.state === "asking")) return `${ask}: sending, ${names}`;
  const refusals = refused(deed);
  const waiting = deed.items.filter((item) => item.state === "sent").length;
  if (deed.items.length === 1) return waiting ? `${ask}: sent, ${names}` : oneTold(deed, done, names);
  const parts = [count(deed, "done", done), waiting ? `${waiting} sent` : "", refusals.length ? `${refusals.length} refused` : ""];
  const missed = [count(deed, "unsent", "not sent"), count(deed, "unknown", "of which nobody knows whether it was sent")];
  const sums = capital([...parts, ...missed].filter(Boolean).join(", "));
  return unsent(deed).length ? `${sums}. ${NOTHING_TRIES}` : sums;
}

function oneTold(deed: Deed, done: string, name: string): string {
  const item = deed.items[0];
  if (item?.state === "unsent" || item?.state === "unknown") return item.sentence;
  if (item?.state === "refused") return `Refused: ${refusalOf(item.sentence, item.task, name)}`;
  return `${capital(done)}: ${name}`;
}

function count(deed: Deed, state: Item["state"], word: string): string {
  const found = deed.items.filter((item) => item.state === state).length;
  return found ? `${found} ${word}` : "";
}
