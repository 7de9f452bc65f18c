/** Acting on tasks: commands go to the console, the deed is shown until it is decided, and can be taken back. */
import { computed, signal } from "@preact/signals";
import { ApiError, get, me, send } from "../api";
import { onLive } from "../live";
import { now } from "../time";
import type { Command, Task, TaskPage, Verb } from "../types";
import { type Deed, type Fields, type Result, type Subject, begun, canBeTakenBack, canUndo, decided, isWaiting, namesOf, sent, since, stateOf, unknown, unsent } from "./deeds";

interface Answer {
  results: Result[];
}

export const deeds = signal<Deed[]>([]);
/** A sentence that is shown, and read out, for a while. */
export const said = signal("");
const SAID_MS = 7_000;
let silence: ReturnType<typeof setTimeout> | undefined;

export function say(sentence: string): void {
  clearTimeout(silence);
  said.value = sentence;
  silence = setTimeout(() => (said.value = ""), SAID_MS);
}
/** A dialog that asks for what a verb needs, and of which tasks. */
export const asking = signal<{ verb: Verb; tasks: Task[] } | null>(null);

const SHOWN_MS = 10_000;
let lastId = 0;

/** Verbs that need something more are asked for it first. */
const NEEDS_MORE: ReadonlySet<Verb> = new Set(["contact", "resolve", "dismiss", "snooze"]);

/** What somebody's key or click asks for. */
export function want(verb: Verb, tasks: readonly Task[]): void {
  const why = whyNot(tasks.length);
  if (why) say(why);
  else if (tasks.length === 0) say("No task is chosen: go to one with j or k, or mark some with x.");
  else if (NEEDS_MORE.has(verb)) asking.value = { verb, tasks: [...tasks] };
  else void act(verb, tasks, {});
}

/** Told after a deed is sent for several tasks: what marked them may let go. */
export const onSeveral: (() => void)[] = [];

/** Why this user may not act on so many tasks; null where they may. */
export function whyNot(count: number): string | null {
  const known = me.peek();
  if (!known) return "Sign in first.";
  if (!known.may.command) return `You have the role ${known.role}: acting on tasks takes the role agent. Ask an admin.`;
  if (count > 1 && !known.may.bulk) return `You have the role ${known.role}: acting on several tasks at once takes the role lead.`;
  return null;
}

/** Send a command for each task. */
export async function act(verb: Verb, tasks: readonly Subject[], fields: Fields): Promise<void> {
  if (tasks.length > 1) for (const told of onSeveral) told();
  await run(begun(++lastId, verb, tasks, fields), (item) => ({ verb, task: item.task, ...fields }));
}

/** Take back the newest deed that can be. */
export function undoLast(): void {
  const last = deeds.peek().findLast((deed) => canUndo(deed, now.peek()));
  if (last) void undo(last);
  else say("There is nothing to take back: that works for ten seconds.");
}

/** Take back every part of a deed that was not refused. */
export async function undo(deed: Deed): Promise<void> {
  if (!canUndo(deed, now.peek())) return;
  replace({ ...deed, takenBack: true });
  const back = deed.items.filter(canBeTakenBack);
  const subjects = back.map((item) => ({ id: item.task, customer: item.name, customer_name: item.name }));
  const commands = new Map(back.map((item) => [item.task, item.command]));
  const way = begun(++lastId, "undo", subjects);
  await run(way, (item) => ({ verb: "undo", task: item.task, undoes: commands.get(item.task) }));
  if (deeds.peek().some((one) => one.id === way.id && unsent(one).length)) replace({ ...deed, takenBack: false });
  else dismiss(deed.id);
}

async function run(deed: Deed, command: (item: Deed["items"][number]) => object): Promise<void> {
  deeds.value = [...deeds.peek(), deed];
  try {
    const answer = await send<Answer>("POST", "commands", { commands: deed.items.map(command) });
    replace(sent(deed, answer.results, now.peek()));
    for (const early of unclaimed) hear(early);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { results } = error.told as Partial<Answer>;
    replace(results ? sent(deed, results, now.peek()) : { ...deed, failure: failureOf(deed, error) });
  }
}

/** What the console refused was surely not sent; where it did not answer, or broke, nobody knows. */
function failureOf(deed: Deed, error: ApiError): string {
  const silent = error.status === 0 || (error.status >= 500 && error.status !== 503);
  if (!silent) return `Not sent for ${namesOf(deed)}: ${error.message}`;
  const why = error.status === 0 ? "the console does not answer" : `the console answered with status ${error.status}`;
  return unknown(deed.verb, namesOf(deed), why);
}

function replace(deed: Deed): void {
  deeds.value = deeds.peek().map((one) => (one.id === deed.id ? deed : one));
}

export function dismiss(id: number): void {
  deeds.value = deeds.peek().filter((deed) => deed.id !== id);
}

/** Decisions may overtake the answer to the question; the last few are kept for it. */
let unclaimed: Command[] = [];

function hear(command: Command): void {
  deeds.value = deeds.peek().map((deed) => decided(deed, command, now.peek()));
}

/** Whether a deed has been told long enough: those that were refused stay until they are put away. */
function isOver(deed: Deed, at: number): boolean {
  const quiet = stateOf(deed) === "done";
  return quiet && at - since(deed) > SHOWN_MS && !held.has(deed.id);
}

/** Deeds that somebody points at or has the keyboard in: they do not go away meanwhile. */
export const held = new Set<number>();

export const waitingDeeds = computed(() => deeds.value.filter(isWaiting));

/** After a reset nobody tells what was decided meanwhile: the tasks' own pages do. */
async function askAgain(): Promise<void> {
  const open = deeds.peek().flatMap((deed) => deed.items.filter((item) => item.command && (item.state === "sent" || item.state === "unknown")));
  for (const id of new Set(open.map((item) => item.task))) {
    const page = await get<TaskPage>(`tasks/${encodeURIComponent(id)}`).catch(() => null);
    for (const command of page?.commands ?? []) hear(command);
  }
}

export function keepDeeds(): void {
  onLive((event) => {
    if (event.kind === "reset") void askAgain();
    if (event.kind !== "command") return;
    unclaimed = [...unclaimed.slice(-500), event.row];
    hear(event.row);
  });
  now.subscribe((at) => {
    if (deeds.peek().some((deed) => isOver(deed, at))) deeds.value = deeds.peek().filter((deed) => !isOver(deed, at));
  });
}
