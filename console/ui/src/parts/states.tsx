/** What a page shows when there is nothing to show: not yet, nothing, not now, or not for you. Each says something true. */
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api";

/** Grey lines, which appear only when loading takes long enough to be noticed. */
export function Skeleton({ lines = 8 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="unseen">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} style={{ width: `${92 - ((line * 37) % 45)}%` }} aria-hidden="true" />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

const TITLES: Record<number, string> = { 0: "The console is out of reach", 403: "Not for your role", 404: "Nothing here" };

export function Failed({ error, again }: { error: ApiError; again?: () => void }) {
  return (
    <div class="empty" role="alert">
      <h2>{TITLES[error.status] ?? "That did not work"}</h2>
      <p>{error.message}</p>
      {again && error.status !== 404 && error.status !== 403 && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
      {error.status === 404 && <a href="/">Back to the queue</a>}
    </div>
  );
}
