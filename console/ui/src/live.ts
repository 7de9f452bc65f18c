/** The live stream: one EventSource, watched, so that silence is noticed and a cut is mended without a lost or doubled change. */
import { computed, signal } from "@preact/signals";
import { get, me } from "./api";
import { takePlace } from "./slots";
import { BEGINNING, type Stream, heard, looked, waitBefore } from "./stream";
import { byServer, setServerTime, tick } from "./time";
import type { Beat, LiveEvent, Me } from "./types";

const stream = signal<Stream>(BEGINNING);
/** When the stream fell silent, in milliseconds by the server's clock; null while it lives or has not begun. */
export const silentSince = computed(() => (stream.value.live || stream.value.heardAt === null ? null : byServer(stream.value.heardAt)));
/** When the last event came in at Makegood, and how many wait to be decided. */
export const beat = signal<Beat | null>(null);

type Listener = (event: LiveEvent) => void;
const listeners = new Set<Listener>();
const KINDS = ["task", "alert", "command", "delivery", "dead_letter", "happening", "erased", "beat", "reset"] as const;

let source: EventSource | null = null;
let failures = 0;
let openedAt = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Hear every event until the returned function is called. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Begin to follow, after the change with this number if one is known. */
export function follow(after: number | null = null): void {
  // from now on silence counts: also when the very first connection does not come about
  stream.value = heard(stream.peek(), Date.now(), after);
  connect();
}

/** End following: nobody is signed in. */
export function unfollow(): void {
  clearTimeout(retry);
  source?.close();
  source = null;
  stream.value = BEGINNING;
}

function connect(): void {
  clearTimeout(retry);
  source?.close();
  const last = stream.peek().last;
  const opened = new EventSource(last === null ? "/api/events" : `/api/events?after=${last}`);
  source = opened;
  openedAt = Date.now();
  for (const kind of KINDS) opened.addEventListener(kind, (event) => take(kind, event));
  opened.onerror = () => {
    if (source === opened) lost();
  };
}

function take(kind: (typeof KINDS)[number], event: MessageEvent<string>): void {
  failures = 0;
  const change = event.lastEventId ? Number(event.lastEventId) : null;
  stream.value = heard(stream.peek(), Date.now(), change);
  const row: unknown = JSON.parse(event.data);
  if (kind === "beat") noteBeat(row as Beat);
  tell({ kind, row, change: change ?? 0 } as LiveEvent);
}

function tell(event: LiveEvent): void {
  for (const listener of listeners) listener(event);
}

function noteBeat(told: Beat): void {
  setServerTime(told.server_time);
  beat.value = told;
  if (stream.peek().last !== null) return;
  stream.value = { ...stream.peek(), last: told.change };
  tell({ kind: "begun", row: { change: told.change } });
}

/** The connection broke. The browser may try by itself, but not after every kind of failure: so we do, and ask who we are first. */
function lost(): void {
  source?.close();
  source = null;
  clearTimeout(retry);
  retry = setTimeout(() => void again(), waitBefore(failures++));
}

async function again(): Promise<void> {
  try {
    me.value = await get<Me>("me");
    connect();
  } catch {
    if (me.peek()) lost(); // else the sign-in page is shown, and follows again afterwards
  }
}

/** Once a second, and whenever the page is seen again: a laptop that slept has heard nothing and must not look alive. */
function watch(): void {
  tick();
  const before = stream.peek();
  const after = looked(before, Date.now());
  if (after !== before) stream.value = after;
  const hangs = !after.live && source !== null && Date.now() - openedAt > 10_000;
  if (me.peek() && hangs) lost();
}

let giveBack: (() => void) | null = null;
let pause: ReturnType<typeof setTimeout> | undefined;
const HIDDEN_MS = 60_000;

/** A tab that is hidden for a while keeps its stream if there is a place for it; one that is seen again goes on where it was. */
function seenOrNot(): void {
  clearTimeout(pause);
  if (document.hidden) pause = setTimeout(() => void rest(), HIDDEN_MS);
  else wakeUp();
  watch();
}

async function rest(): Promise<void> {
  giveBack ??= await takePlace();
  if (giveBack || !document.hidden) return;
  clearTimeout(retry);
  source?.close();
  source = null;
  resting = true; // the title says since when it is not live, as after any silence
}

let resting = false;

function wakeUp(): void {
  giveBack?.();
  giveBack = null;
  if (resting && me.peek()) connect();
  resting = false;
}

/** Start the clock of the page. A worker keeps it even while the tab is hidden, where the browser slows timers down. */
export function keepTime(): void {
  try {
    const ticker = new Worker(new URL("./ticker.ts", import.meta.url), { type: "module" });
    ticker.onmessage = watch;
    ticker.onerror = () => setInterval(watch, 1000);
  } catch {
    setInterval(watch, 1000);
  }
  document.addEventListener("visibilitychange", seenOrNot);
  addEventListener("online", watch);
}
