/** The state of the live stream's connection: whether it is live, since when it is not, and where it resumes. Pure. */

export interface StreamState {
  /** The number of the last change that was received, to resume after it. */
  lastChange: number | null;
  /** When the server was last heard, in milliseconds of this machine's clock; null before the first time. */
  heardAt: number | null;
  /** Whether what is shown is live. */
  live: boolean;
}

export const INITIAL_STREAM: StreamState = { lastChange: null, heardAt: null, live: false };
/** Beats come every 3 s. After so much silence the board says that it is not live; checked once a second, that is within ten. */
export const SILENCE_MS = 8_000;

/** A message came at `at`; `change` is the number of the change that it carried, if it carried one. */
export function withMessage(stream: StreamState, at: number, change: number | null): StreamState {
  return { lastChange: change ?? stream.lastChange, heardAt: at, live: true };
}

/** Not live any more, where nothing came for SILENCE_MS. */
export function checkSilence(stream: StreamState, at: number): StreamState {
  const silent = stream.heardAt !== null && at - stream.heardAt > SILENCE_MS;
  return silent && stream.live ? { ...stream, live: false } : stream;
}

/** Milliseconds before the next attempt to connect, after so many failures in a row: exponential, half a second to five. */
export function retryDelay(failures: number): number {
  return Math.min(500 * 2 ** failures, 5_000);
}
