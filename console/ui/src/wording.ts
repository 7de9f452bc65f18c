/** Numbers, money and sentences as the board writes them. */
import { LOCALE, moment, now } from "./time";
import type { Task, Verb } from "./types";

const numbers = new Intl.NumberFormat(LOCALE);
const shares = new Intl.NumberFormat(LOCALE, { style: "percent" });

export const number = (value: number): string => numbers.format(value);
/** 0.61 as "61%" */
export const share = (value: number): string => shares.format(value);
/** Points of a priority: one digit after the point. */
export const points = (value: number): string => value.toFixed(1);

/** "€400,000" */
export function money(value: number, currency: string): string {
  return new Intl.NumberFormat(LOCALE, { style: "currency", currency, maximumFractionDigits: 0 }).format(value);
}

/** "€400k" */
export function shortMoney(value: number, currency: string): string {
  const options: Intl.NumberFormatOptions = { style: "currency", currency, notation: "compact", maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(LOCALE, options).format(value);
}

/** "1 task", "7 tasks" */
export function many(count: number, thing: string, several = `${thing}s`): string {
  return `${number(count)} ${count === 1 ? thing : several}`;
}

/** "a", "a and b", "a, b and c" */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const nameOf = (who: { customer: string; customer_name: string | null }): string => who.customer_name ?? who.customer;

/**
 * A task's sentence without the customer before it, for places that show the customer anyway:
 * "Hotel Nord (tier A, high-impact: tier A) rated 2 of 10" becomes "rated 2 of 10".
 */
export function withoutCustomer(sentence: string, name: string): string {
  if (!sentence.startsWith(`${name} (`)) return sentence;
  let depth = 0;
  for (let at = name.length + 1; at < sentence.length; at++) {
    if (sentence[at] === "(") depth++;
    else if (sentence[at] === ")" && --depth === 0) return sentence.slice(at + 1).replace(/^[\s:]+/, "") || sentence;
  }
  return sentence;
}

const UTC = /(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}) UTC/g;

/** Instants that a sentence of the decision log gives in UTC, in the zone of the board. */
export function inZone(sentence: string): string {
  return sentence.replace(UTC, (_, day: string, time: string) => moment(Date.parse(`${day}T${time}Z`), now.peek()));
}

/** "T-1 is already acknowledged by ann at 2026-11-25 02:46 UTC" as a sentence about the customer. */
export function refusalOf(sentence: string, task: string, name: string): string {
  return inZone(sentence.replace(task, name));
}

/** What is asked for, as a button says it, and what has happened then. */
export const VERBS: Record<Verb, { ask: string; done: string }> = {
  acknowledge: { ask: "Acknowledge", done: "acknowledged" },
  contact: { ask: "Contacted", done: "marked as contacted" },
  resolve: { ask: "Resolve", done: "resolved" },
  dismiss: { ask: "Dismiss", done: "dismissed" },
  snooze: { ask: "Snooze", done: "snoozed" },
  undo: { ask: "Undo", done: "taken back" },
};

/** Which verbs the life cycle allows now; the decision stays with the streams. */
export function allowed(task: Pick<Task, "status">): Verb[] {
  switch (task.status) {
    case "open":
    case "regressed":
      return ["acknowledge", "contact", "snooze", "resolve", "dismiss"];
    case "snoozed":
      return ["acknowledge", "contact", "resolve", "dismiss"];
    case "acknowledged":
      return ["contact", "snooze", "resolve", "dismiss"];
    case "contacted":
      return ["snooze", "resolve", "dismiss"];
    default:
      return [];
  }
}

/** Whether the last attempt to tell people went well: in three words, for an icon. */
export function truthOf(outcome: string): "told" | "waiting" | "failed" | "silent" {
  switch (outcome) {
    case "took it":
      return "told";
    case "failed, will be tried again":
    case "is held back while the destination is unwell":
      return "waiting";
    case "refused it for good":
    case "was given up":
    case "has no destination":
      return "failed";
    default:
      return "silent";
  }
}
