/** A page's data: loaded for an address, kept while it is loaded again, renewed when the live stream tells of it. */
import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { ApiError, get } from "../api";
import { onLive } from "../live";
import type { LiveEvent } from "../types";

export interface Loading<T> {
  data: T | null;
  /** Why there is none, or why it is not the newest. */
  error: ApiError | null;
}

const CALM_MS = 400;

export interface Loaded<T> {
  state: Signal<Loading<T>>;
  reload: () => void;
}

/** GET `address`, again whenever an event `concerns` it; bursts of events are answered once. */
export function useLoaded<T>(address: string, concerns: (event: LiveEvent) => boolean): Loaded<T> {
  const loaded = useMemo(() => make<T>(address), [address]);
  useEffect(() => {
    loaded.reload();
    const off = onLive((event) => {
      if (event.kind === "reset" || event.kind === "begun" || isMending(event, loaded.state.peek()) || concerns(event)) loaded.soon();
    });
    return () => {
      off();
      loaded.end();
    };
  }, [loaded]);
  return loaded;
}

/** What failed because the console was away is tried again with the next beat. */
function isMending(event: LiveEvent, state: Loading<unknown>): boolean {
  return event.kind === "beat" && (state.error?.status === 0 || (state.error?.status ?? 0) >= 500);
}

function make<T>(address: string): Loaded<T> & { soon: () => void; end: () => void } {
  const state = signal<Loading<T>>({ data: null, error: null });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let question: AbortController | null = null;
  const reload = async () => {
    question?.abort();
    question = new AbortController();
    try {
      state.value = { data: await get<T>(address, question.signal), error: null };
    } catch (error) {
      if (error instanceof ApiError) state.value = { data: state.peek().data, error };
    }
  };
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void reload();
    }, CALM_MS);
  };
  const end = () => {
    clearTimeout(timer);
    question?.abort();
  };
  return { state, reload: () => void reload(), soon, end };
}
