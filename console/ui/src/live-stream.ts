/** The live stream: one EventSource, watched, so that silence is noticed and a broken connection resumes without a lost or repeated event. */
import { computed, signal } from "@preact/signals";
import { get, me } from "./api";
import { acquireSlot } from "./stream-slots";
import { checkSilence, INITIAL_STREAM, retryDelay, type StreamState, withMessage } from "./stream-state";
import { setServerTime, tick, toServerTime } from "./time";
import type { Beat, LiveEvent, Me } from "./types";

const streamState = signal<StreamState>(INITIAL_STREAM);
/** When the stream fell silent, in milliseconds by the server's clock; null while it lives or has not begun. */
export const silentSince = computed(() =>
  streamState.value.live || streamState.value.heardAt === null ? null : toServerTime(streamState.value.heardAt),
);
/** When the last event came in at Makegood, and how many wait to be decided. */
export const beat = signal<Beat | null>(null);

type Listener = (event: LiveEvent) => void;
const listeners = new Set<Listener>();
const KINDS = ["task", "alert", "command", "delivery", "dead_letter", "service_event", "erased", "beat", "reset"] as const;

let eventSource: EventSource | null = null;
let failures = 0;
let openedAt = 0;
let retryTimer: ReturnType<typeof setTimeout> | undefined;

/** Subscribe to every event; call the returned function to unsubscribe. */
export function onLiveEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Connect, and resume after the change with this number if one is known. */
export function openStream(after: number | null = null): void {
  // from now on silence counts: also when the very first connection does not come about
  streamState.value = withMessage(streamState.peek(), Date.now(), after);
  connect();
}

/** Disconnect: nobody is signed in. */
export function closeStream(): void {
  clearTimeout(retryTimer);
  eventSource?.close();
  eventSource = null;
  streamState.value = INITIAL_STREAM;
}

function connect(): void {
  clearTimeout(retryTimer);
  eventSource?.close();
  const last = streamState.peek().lastChange;
  const opened = new EventSource(last === null ? "/api/events" : `/api/events?after=${last}`);
  eventSource = opened;
  openedAt = Date.now();
  for (const kind of KINDS) opened.addEventListener(kind, (event) => onMessage(kind, event));
  opened.onerror = () => {
    if (eventSource === opened) scheduleReconnect();
  };
}

function onMessage(kind: (typeof KINDS)[number], event: MessageEvent<string>): void {
  failures = 0;
  const change = event.lastEventId ? Number(event.lastEventId) : null;
  streamState.value = withMessage(streamState.peek(), Date.now(), change);
  const row: unknown = JSON.parse(event.data);
  if (kind === "beat") onBeat(row as Beat);
  emit({ kind, row, change: change ?? 0 } as LiveEvent);
}

function emit(event: LiveEvent): void {
  for (const listener of listeners) listener(event);
}

function onBeat(beatRow: Beat): void {
  setServerTime(beatRow.server_time);
  beat.value = beatRow;
  if (streamState.peek().lastChange !== null) return;
  streamState.value = { ...streamState.peek(), lastChange: beatRow.change };
  emit({ kind: "begun", row: { change: beatRow.change } });
}

/** The connection broke. The browser does not retry after every kind of failure, so we do, after checking that the session still holds. */
function scheduleReconnect(): void {
  eventSource?.close();
  eventSource = null;
  clearTimeout(retryTimer);
  retryTimer = setTimeout(() => void reconnect(), retryDelay(failures++));
}

async function reconnect(): Promise<void> {
  try {
    me.value = await get<Me>("me");
    connect();
  } catch {
    if (me.peek()) scheduleReconnect(); // else the sign-in page is shown, which connects again
  }
}

/** Runs once a second and when the tab becomes visible: a laptop that slept has received nothing and must not look live. */
function checkStream(): void {
  tick();
  const before = streamState.peek();
  const after = checkSilence(before, Date.now());
  if (after !== before) streamState.value = after;
  const hangs = !after.live && eventSource !== null && Date.now() - openedAt > 10_000;
  if (me.peek() && hangs) scheduleReconnect();
}

let releaseSlot: (() => void) | null = null;
let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
const HIDDEN_MS = 60_000;

/** A tab that stays hidden keeps its stream if a slot is free, else it disconnects; a tab that is visible again resumes where it was. */
function onVisibilityChange(): void {
  clearTimeout(hiddenTimer);
  if (document.hidden) hiddenTimer = setTimeout(() => void pauseStream(), HIDDEN_MS);
  else resumeStream();
  checkStream();
}

async function pauseStream(): Promise<void> {
  releaseSlot ??= await acquireSlot();
  if (releaseSlot || !document.hidden) return;
  clearTimeout(retryTimer);
  eventSource?.close();
  eventSource = null;
  isPaused = true; // the title says since when it is not live, as after any silence
}

let isPaused = false;

function resumeStream(): void {
  releaseSlot?.();
  releaseSlot = null;
  if (isPaused && me.peek()) connect();
  isPaused = false;
}

/** Check the stream once a second. A worker does the ticking: browsers slow timers of hidden tabs down. */
export function startStreamWatch(): void {
  try {
    const worker = new Worker(new URL("./tick-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = checkStream;
    worker.onerror = () => setInterval(checkStream, 1000);
  } catch {
    setInterval(checkStream, 1000);
  }
  document.addEventListener("visibilitychange", onVisibilityChange);
  addEventListener("online", checkStream);
}
