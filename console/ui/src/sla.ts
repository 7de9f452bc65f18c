/** The SLA clock of a task: five states, each with its own words, icon and shape, so that colour is never needed to tell them apart. */
import { label } from "./labels";
import { countdown, duration, moment } from "./time";
import type { Task } from "./types";

export type SlaState = "plenty" | "soon" | "very-soon" | "breached" | "stopped";

export interface SlaClock {
  state: SlaState;
  /** As short as a table needs: "3 h 05 min", "4:09", "12 min late", "snoozed". */
  short: string;
  /** A sentence for the tooltip and for screen readers. */
  long: string;
  /** The instant that it is about: "was due Tue 24 Nov, 20:27". */
  when: string;
  /** The share of the time that is left, 0 to 1. */
  left: number;
}

export type SlaFields = Pick<Task, "due_at" | "opened_at" | "status" | "responded" | "snoozed_until">;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Soon is the last third of the time, but an hour at least and eight at most; very soon the last tenth, 15 minutes to an hour. */
const soonFrom = (total: number) => Math.min(Math.max(total / 3, HOUR), 8 * HOUR);
const verySoonFrom = (total: number) => Math.min(Math.max(total / 10, 15 * MINUTE), HOUR);

const CLOSED = new Set(["resolved", "verified", "dismissed"]);

/** Whether the SLA clock is stopped: the customer was answered, or the task is snoozed. */
export function isSlaStopped(task: Pick<Task, "status" | "responded">): boolean {
  return task.responded || task.status === "snoozed";
}

/** What is long overdue is not shown to the minute. */
const coarseDuration = (ms: number) => (ms >= 10 * HOUR ? duration(Math.floor(ms / HOUR) * HOUR) : duration(ms));

/** The clock as it stands at `now`, in milliseconds since 1970. */
export function slaClock(task: SlaFields, now: number): SlaClock {
  if (isSlaStopped(task)) return stopped(task, now);
  const due = Date.parse(task.due_at);
  const total = Math.max(due - Date.parse(task.opened_at), MINUTE);
  const left = due - now;
  if (left <= 0) {
    const when = `was due ${moment(due, now)}`;
    return { state: "breached", short: `${coarseDuration(-left)} late`, long: `Overdue for ${duration(-left)}: ${when}`, when, left: 0 };
  }
  const state = left <= verySoonFrom(total) ? "very-soon" : left <= soonFrom(total) ? "soon" : "plenty";
  const short = left < 15 * MINUTE ? countdown(left) : duration(left);
  const when = `due ${moment(due, now)}`;
  return { state, short, long: `Due in ${duration(left)}, ${moment(due, now)}`, when, left: Math.min(left / total, 1) };
}

function stopped(task: SlaFields, now: number): SlaClock {
  const until = task.status === "snoozed" && task.snoozed_until ? Date.parse(task.snoozed_until) : null;
  if (until !== null) {
    const when = `until ${moment(until, now)}`;
    return {
      state: "stopped",
      short: `for ${duration(until - now)}`,
      long: `Snoozed ${when}; its due time stays: ${moment(Date.parse(task.due_at), now)}`,
      when: `${when}; due ${moment(Date.parse(task.due_at), now)}`,
      left: 1,
    };
  }
  const word = CLOSED.has(task.status) ? label("status", task.status) : "answered";
  return { state: "stopped", short: word, long: `SLA clock stopped: ${word}`, when: "", left: 1 };
}
