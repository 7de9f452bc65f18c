/** A page's data: loaded for an address, kept while it is loaded again, refreshed when the live stream brings a relevant event. */
import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { ApiError, get } from "../api";
import { onLiveEvent } from "../live-stream";
import type { LiveEvent } from "../types";

export interface QueryState<T> {
  data: T | null;
  /** Why there is none, or why it is not the newest. */
  error: ApiError | null;
}

const DEBOUNCE_MS = 400;

export interface Query<T> {
  state: Signal<QueryState<T>>;
  reload: () => void;
}

/** GET `address`, again whenever an event is relevant to it; bursts of events cause one request. */
export function useQuery<T>(address: string, isRelevant: (event: LiveEvent) => boolean): Query<T> {
  const query = useMemo(() => createQuery<T>(address), [address]);
  useEffect(() => {
    query.reload();
    const unsubscribe = onLiveEvent((event) => {
      if (event.kind === "reset" || event.kind === "begun" || shouldRetry(event, query.state.peek()) || isRelevant(event))
        query.reloadSoon();
    });
    return () => {
      unsubscribe();
      query.dispose();
    };
  }, [query]);
  return query;
}

/** What failed because the console was away is tried again with the next beat. */
function shouldRetry(event: LiveEvent, state: QueryState<unknown>): boolean {
  return event.kind === "beat" && (state.error?.status === 0 || (state.error?.status ?? 0) >= 500);
}

function createQuery<T>(address: string): Query<T> & { reloadSoon: () => void; dispose: () => void } {
  const state = signal<QueryState<T>>({ data: null, error: null });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let controller: AbortController | null = null;
  const reload = async () => {
    controller?.abort();
    controller = new AbortController();
    try {
      state.value = { data: await get<T>(address, controller.signal), error: null };
    } catch (error) {
      if (error instanceof ApiError) state.value = { data: state.peek().data, error };
    }
  };
  const reloadSoon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void reload();
    }, DEBOUNCE_MS);
  };
  const dispose = () => {
    clearTimeout(timer);
    controller?.abort();
  };
  return { state, reload: () => void reload(), reloadSoon, dispose };
}
