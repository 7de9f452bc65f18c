/** What a page shows when there is nothing to show, or nothing new: loading, empty, failed, forbidden, stale. Each says something true. */
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api";
import { PageTitle } from "./page-title";

/** Grey lines, which appear only when loading takes long enough to be noticed. */
export function Skeleton({ lines = 8 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines that never change
        <span key={line} style={{ width: `${92 - ((line * 37) % 45)}%` }} aria-hidden="true" />
      ))}
    </div>
  );
}

export function EmptyState({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

const TITLES: Record<number, string> = { 0: "The console is out of reach", 403: "Not for your role", 404: "Nothing here" };

export function ErrorState({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div class="empty" role="alert">
      <h2>{TITLES[error.status] ?? "That did not work"}</h2>
      <p>{error.message}</p>
      {retry && error.status !== 404 && error.status !== 403 && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
      {error.status === 404 && <a href="/">Back to the queue</a>}
    </div>
  );
}

/** A page of one thing while there is nothing of it yet, or why there is none. */
export function PendingPage({ title, error, retry }: { title: string; error: ApiError | null; retry: () => void }) {
  return (
    <div class="page">
      <PageTitle visuallyHidden>{title}</PageTitle>
      {error ? <ErrorState error={error} retry={retry} /> : <Skeleton lines={12} />}
    </div>
  );
}

/** At the top of a page that shows what was loaded before, while nothing newer can be. */
export function StaleNotice({ error }: { error: ApiError | null }) {
  return (
    error && (
      <p class="notice bad" role="alert">
        Not the newest: {error.message}
      </p>
    )
  );
}
