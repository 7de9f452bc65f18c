/** Numbers, money and sentences as the board writes them. */
import { LOCALE } from "./time";
import type { Task, Verb } from "./types";

const numbers = new Intl.NumberFormat(LOCALE);
const shares = new Intl.NumberFormat(LOCALE, { style: "percent" });

export const number = (value: number): string => numbers.format(value);
/** 0.61 as "61%" */
export const percent = (value: number): string => shares.format(value);
/** Points of a priority: one digit after the point. */
export const points = (value: number): string => value.toFixed(1);

/** "€400,000" */
export const money = (value: number, currency: string): string => amount(value, currency, { maximumFractionDigits: 0 });

/** "€400k" */
export const shortMoney = (value: number, currency: string): string =>
  amount(value, currency, { notation: "compact", maximumSignificantDigits: 3 });

/** A policy may name a currency that is no code of ISO 4217 ("points"), and Intl takes nothing else: it then stands behind the number. */
function amount(value: number, currency: string, options: Intl.NumberFormatOptions): string {
  if (!/^[A-Za-z]{3}$/.test(currency)) return `${new Intl.NumberFormat(LOCALE, options).format(value)} ${currency}`.trimEnd();
  return new Intl.NumberFormat(LOCALE, { style: "currency", currency, ...options }).format(value);
}

/** "1 task", "7 tasks" */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : nouns}`;
}

/** "a", "a and b", "a, b and c" */
export function joinWords(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** "silent_days" as "silent days" */
export const inWords = (slug: string): string => slug.replaceAll("_", " ");

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const nameOf = (who: { customer: string; customer_name: string | null }): string => who.customer_name ?? who.customer;

/** Who did something: a person, or Makegood itself. */
export const actorName = (by: string): string => (by === "makegood" ? "Makegood" : by);

/** Each verb as the label of its button, and as what has happened then. */
export const VERBS: Record<Verb, { label: string; done: string }> = {
  acknowledge: { label: "Acknowledge", done: "acknowledged" },
  contact: { label: "Contacted", done: "marked as contacted" },
  resolve: { label: "Resolve", done: "resolved" },
  dismiss: { label: "Dismiss", done: "dismissed" },
  snooze: { label: "Snooze", done: "snoozed" },
  undo: { label: "Undo", done: "undone" },
};

/** The label of a verb that somebody asked for, maybe on a newer board. */
export const verbLabel = (verb: string): string => (VERBS as Record<string, { label: string }>)[verb]?.label ?? capitalize(inWords(verb));

/** What people are offered for an open task, in this order. */
export const OFFERED_VERBS: readonly Verb[] = ["acknowledge", "contact", "snooze", "resolve", "dismiss"];

/** Which verbs the life cycle allows now; the decision stays with the streams. */
export function allowedVerbs(task: Pick<Task, "status">): Verb[] {
  switch (task.status) {
    case "open":
    case "regressed":
      return [...OFFERED_VERBS];
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
