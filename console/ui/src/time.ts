/** The server's time, ticking once a second, and how times are written: relative, absolute, and in which zone. */
import { computed, signal } from "@preact/signals";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The language of the board is English; its dates and numbers are, too. */
export const LOCALE = "en-GB";

let offset = 0;
/** Milliseconds since 1970 by the server's clock, renewed every second. */
export const now = signal(Date.now());
/** The same, renewed every ten seconds: enough for "3 min ago". */
export const coarseNow = computed(() => Math.floor(now.value / (10 * SECOND)) * 10 * SECOND);
/** The time zone in which absolute times are shown. */
export const zone = signal("UTC");

/** Follow the server's clock: the one of this machine may be wrong. */
export function setServerTime(iso: string): void {
  const measured = Date.parse(iso) - Date.now();
  if (Math.abs(measured - offset) > 400) offset = measured;
  tick();
}

export function tick(): void {
  now.value = toServerTime(Date.now());
}

/** An instant of this machine's clock, by the server's clock. */
export function toServerTime(at: number): number {
  return at + offset;
}

/** "12 s", "4 min", "3 h 05 min", "2 d 4 h": a length of time in at most two units. */
export function duration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return twoUnits(Math.floor(span / HOUR), "h", Math.floor((span % HOUR) / MINUTE), "min");
  return span < 14 * DAY ? twoUnits(Math.floor(span / DAY), "d", Math.floor((span % DAY) / HOUR), "h") : `${Math.floor(span / DAY)} d`;
}

function twoUnits(large: number, unit: string, small: number, smaller: string): string {
  return small ? `${large} ${unit} ${small} ${smaller}` : `${large} ${unit}`;
}

/** "4:09": minutes and seconds. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "3 min ago", "in 2 h", "just now": one unit, rounded down. */
export function relative(at: number, from: number): string {
  const span = Math.abs(from - at);
  if (span < 10 * SECOND) return "just now";
  const text = oneUnit(span);
  return at <= from ? `${text} ago` : `in ${text}`;
}

function oneUnit(span: number): string {
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(name: string, options: Intl.DateTimeFormatOptions, timeZone: string): Intl.DateTimeFormat {
  const key = `${name} ${timeZone}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone });
  formats.set(key, made);
  return made;
}

/** "14:03:12" */
export function clockTime(at: number, timeZone = zone.value): string {
  return dateFormat("clock", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }, timeZone).format(at);
}

/** "14:03" */
export function shortTime(at: number, timeZone = zone.value): string {
  return dateFormat("short", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, timeZone).format(at);
}

/** "Wednesday 25 November 2026" */
export function day(at: number, timeZone = zone.value): string {
  return dateFormat("day", { weekday: "long", day: "numeric", month: "long", year: "numeric" }, timeZone).format(at);
}

/** "25 Nov 2026" */
export function date(at: number, timeZone = zone.value): string {
  return dateFormat("date", { day: "numeric", month: "short", year: "numeric" }, timeZone).format(at);
}

/** "14:03" for today, "Mon 23 Nov, 14:03" for other days. */
export function moment(at: number, from: number, timeZone = zone.value): string {
  const time = shortTime(at, timeZone);
  if (day(at, timeZone) === day(from, timeZone)) return time;
  return `${dateFormat("moment", { weekday: "short", day: "numeric", month: "short" }, timeZone).format(at)}, ${time}`;
}

/** "Wed 25 Nov 2026, 14:03:12 CET": everything, for a tooltip. */
export function exact(at: number, timeZone = zone.value): string {
  const full: Intl.DateTimeFormatOptions = {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  };
  return dateFormat("exact", full, timeZone).format(at);
}

/** What the wall clock shows in a zone, as if it were UTC: for arithmetic with days and hours. */
function wallClock(at: number, timeZone: string): number {
  const parts = dateFormat(
    "parts",
    { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    timeZone,
  ).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

/** The instant at which the wall clock of a zone shows this; an hour that a change of clocks skips gives the one after it. */
export function fromWallClock(shown: number, timeZone = zone.value): number {
  const guess = shown - (wallClock(shown, timeZone) - shown);
  return guess - (wallClock(guess, timeZone) - shown);
}

/** `days` days after `at`, at this full hour of the zone. */
export function atHour(at: number, days: number, hour: number, timeZone = zone.value): number {
  const midnight = Math.floor(wallClock(at, timeZone) / DAY) * DAY;
  return fromWallClock(midnight + days * DAY + hour * HOUR, timeZone);
}

/** Days until the next Monday, 1 to 7. */
export function daysToMonday(at: number, timeZone = zone.value): number {
  return (8 - new Date(wallClock(at, timeZone)).getUTCDay()) % 7 || 7;
}

/** For an input of type datetime-local: "2026-11-25T14:03", in the zone. */
export function toInput(at: number, timeZone = zone.value): string {
  return new Date(wallClock(at, timeZone)).toISOString().slice(0, 16);
}

/** The instant that such an input names; null where it is empty or no time. */
export function fromInput(text: string, timeZone = zone.value): number | null {
  const shown = Date.parse(`${text}Z`);
  return Number.isNaN(shown) ? null : fromWallClock(shown, timeZone);
}
