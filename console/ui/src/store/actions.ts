/** Acting on tasks: commands go to the console, each operation is shown until it is decided, and can be undone. */
import { signal } from "@preact/signals";
import { ApiError, get, me, send } from "../api";
import { onLiveEvent } from "../live-stream";
import { now } from "../time";
import type { Command, Task, TaskPage, Verb } from "../types";
import {
  type CommandFields,
  type CommandResult,
  canBeUndone,
  canUndo,
  namesOf,
  newOperation,
  type Operation,
  refOf,
  shownSince,
  stateOf,
  type TaskRef,
  unknownText,
  unsentItems,
  withDecision,
  withResults,
} from "./operations";
import { selectAll } from "./selection";

interface CommandsResponse {
  results: CommandResult[];
}

export const operations = signal<Operation[]>([]);
/** A short message that is shown, and read out, for a while. */
export const announcement = signal("");
const ANNOUNCEMENT_MS = 7_000;
let announcementTimer: ReturnType<typeof setTimeout> | undefined;

export function announce(sentence: string): void {
  clearTimeout(announcementTimer);
  announcement.value = sentence;
  announcementTimer = setTimeout(() => (announcement.value = ""), ANNOUNCEMENT_MS);
}
/** A dialog that asks for what a verb needs, and of which tasks. */
export const actionDialog = signal<{ verb: Verb; tasks: Task[] } | null>(null);

const SHOWN_MS = 10_000;
let lastId = 0;

/** Verbs that need something more are asked for it first. */
const NEEDS_DIALOG: ReadonlySet<Verb> = new Set(["contact", "resolve", "dismiss", "snooze"]);

/** What somebody's key or click asks for. */
export function requestAction(verb: Verb, tasks: readonly Task[]): void {
  const why = denialReason(tasks.length);
  if (why) announce(why);
  else if (tasks.length === 0) announce("No task is selected: go to one with j or k, or select some with x.");
  else if (NEEDS_DIALOG.has(verb)) actionDialog.value = { verb, tasks: [...tasks] };
  else void runAction(verb, tasks, {});
}

/** Why this user may not act on so many tasks; null where they may. */
export function denialReason(count: number): string | null {
  const user = me.peek();
  if (!user) return "Sign in first.";
  if (!user.may.command) return `You have the role ${user.role}: acting on tasks takes the role agent. Ask an admin.`;
  if (count > 1 && !user.may.bulk) return `You have the role ${user.role}: acting on several tasks at once takes the role lead.`;
  return null;
}

/** Send a command for each task. */
export async function runAction(verb: Verb, tasks: readonly TaskRef[], fields: CommandFields): Promise<void> {
  if (tasks.length > 1) selectAll(false);
  await submit(newOperation(++lastId, verb, tasks, fields), (item) => ({ verb, task: item.task, ...fields }));
}

/** Undo the newest operation that can be undone. */
export function undoLast(): void {
  const last = operations.peek().findLast((operation) => canUndo(operation, now.peek()));
  if (last) void undo(last);
  else announce("There is nothing to undo: that works for ten seconds.");
}

/** Undo every item of an operation that was not refused. */
export async function undo(operation: Operation): Promise<void> {
  if (!canUndo(operation, now.peek())) return;
  replaceOperation({ ...operation, undone: true });
  const accepted = operation.items.filter(canBeUndone);
  const commands = new Map(accepted.map((item) => [item.task, item.command]));
  const undoing = newOperation(++lastId, "undo", accepted.map(refOf));
  await submit(undoing, (item) => ({ verb: "undo", task: item.task, undoes: commands.get(item.task) }));
  if (!operations.peek().some((one) => one.id === undoing.id && unsentItems(one).length)) dismiss(operation.id);
  // as it is by now: it may have been decided meanwhile
  else operations.value = operations.peek().map((one) => (one.id === operation.id ? { ...one, undone: false } : one));
}

async function submit(operation: Operation, command: (item: Operation["items"][number]) => object): Promise<void> {
  operations.value = [...operations.peek(), operation];
  try {
    const answer = await send<CommandsResponse>("POST", "commands", { commands: operation.items.map(command) });
    accept(operation, answer.results);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { results } = error.body as Partial<CommandsResponse>;
    if (results) accept(operation, results);
    else replaceOperation({ ...operation, failure: failureText(operation, error) });
  }
}

/** The console's answer, and what the stream has told before it came. */
function accept(operation: Operation, results: readonly CommandResult[]): void {
  replaceOperation(withResults(operation, results, now.peek()));
  for (const early of earlyDecisions) applyDecision(early);
}

/** What the console refused was surely not sent; where it did not answer, or broke, nobody knows. */
function failureText(operation: Operation, error: ApiError): string {
  const silent = error.status === 0 || (error.status >= 500 && error.status !== 503);
  if (!silent) return `Not sent for ${namesOf(operation)}: ${error.message}`;
  const why = error.status === 0 ? "the console does not answer" : `the console answered with status ${error.status}`;
  return unknownText(operation.verb, namesOf(operation), why);
}

function replaceOperation(operation: Operation): void {
  operations.value = operations.peek().map((one) => (one.id === operation.id ? operation : one));
}

export function dismiss(id: number): void {
  operations.value = operations.peek().filter((operation) => operation.id !== id);
}

/** Decisions may come before the response to the request; the last few are kept for it. */
let earlyDecisions: Command[] = [];

function applyDecision(command: Command): void {
  operations.value = operations.peek().map((operation) => withDecision(operation, command, now.peek()));
}

/** Whether an operation was shown long enough: those that were refused stay until they are closed. */
function isExpired(operation: Operation, at: number): boolean {
  const done = stateOf(operation) === "done";
  return done && at - shownSince(operation) > SHOWN_MS && !pinned.has(operation.id);
}

/** Operations under the pointer or with the focus: they stay meanwhile. */
export const pinned = new Set<number>();

/** After a reset the stream does not repeat what was decided meanwhile: it is loaded from the tasks' pages. */
async function refetchPending(): Promise<void> {
  const open = operations
    .peek()
    .flatMap((operation) => operation.items.filter((item) => item.command && (item.state === "sent" || item.state === "unknown")));
  for (const id of new Set(open.map((item) => item.task))) {
    const page = await get<TaskPage>(`tasks/${encodeURIComponent(id)}`).catch(() => null);
    for (const command of page?.commands ?? []) applyDecision(command);
  }
}

export function startOperations(): void {
  onLiveEvent((event) => {
    if (event.kind === "reset") void refetchPending();
    if (event.kind !== "command") return;
    earlyDecisions = [...earlyDecisions.slice(-500), event.row];
    applyDecision(event.row);
  });
  now.subscribe((at) => {
    if (operations.peek().some((operation) => isExpired(operation, at)))
      operations.value = operations.peek().filter((operation) => !isExpired(operation, at));
  });
}
