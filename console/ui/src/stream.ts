/** What is known of the live stream, as a value: whether it lives, since when it does not, and where it goes on. */

export interface Stream {
  /** The number of the last change that was heard, for going on after it. */
  last: number | null;
  /** When the server was last heard, in milliseconds of this machine's clock; null before the first time. */
  heardAt: number | null;
  /** Whether what is shown is live. */
  live: boolean;
}

export const BEGINNING: Stream = { last: null, heardAt: null, live: false };
/** Beats come every 3 s. After so much silence the board says that it is not live: looked at once a second, that is within ten. */
export const SILENCE_MS = 8_000;

/** The server spoke at `at`; `change` is the number of the change that it told, if it told one. */
export function heard(stream: Stream, at: number, change: number | null): Stream {
  return { last: change ?? stream.last, heardAt: at, live: true };
}

/** Look at the clock. */
export function looked(stream: Stream, at: number): Stream {
  const silent = stream.heardAt !== null && at - stream.heardAt > SILENCE_MS;
  return silent && stream.live ? { ...stream, live: false } : stream;
}

/** How long to wait before the next try to connect, after so many failures in a row: half a second to five. */
export function waitBefore(failures: number): number {
  return Math.min(500 * 2 ** failures, 5_000);
}
