/** Asking the console: JSON in and out, and every failure as a sentence for people. */
import { signal } from "@preact/signals";
import type { Me, Oidc } from "./types";

/** Who is signed in: undefined until we know, null when nobody is. */
export const me = signal<Me | null | undefined>(undefined);
/** The company's sign-in, where there is one. */
export const oidc = signal<Oidc | null>(null);
/** Whether there are names and passwords of the board's own. */
export const localAccounts = signal(true);

export class ApiError extends Error {
  constructor(
    /** The HTTP status; 0 when the console could not be reached. */
    readonly status: number,
    sentence: string,
    /** What the console told beside the sentence. */
    readonly told: object = {},
  ) {
    super(sentence);
  }
}

const UNREACHABLE = "The console does not answer. Your work is safe; this page tries again by itself.";
const NOT_DONE = "The console does not answer. Nothing tries this again by itself: try once more in a moment.";

/** GET /api/`path`. Throws ApiError. */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>("GET", path, undefined, signal);
}

/** POST or PATCH /api/`path`. Throws ApiError. */
export async function send<T>(method: "POST" | "PATCH", path: string, body: unknown): Promise<T> {
  try {
    return await ask<T>(method, path, body);
  } catch (error) {
    if (error instanceof ApiError && error.status === 403 && (await isAnotherSession())) return ask<T>(method, path, body);
    throw error;
  }
}

/** Whether somebody signed in anew in another tab: then this one goes on in their session. */
async function isAnotherSession(): Promise<boolean> {
  const before = me.peek()?.csrf;
  if (before === undefined) return false;
  const known = await ask<Me>("GET", "me");
  me.value = known;
  return known.csrf !== before;
}

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const asking = me.peek()?.csrf;
  if (method !== "GET" && asking) headers["X-CSRF-Token"] = asking;
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  const answer = await fetch(`/api/${path}`, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, method === "GET" ? UNREACHABLE : NOT_DONE);
  });
  if (answer.ok) return (await answer.json()) as T;
  // an answer about a session that is over: who has signed in since is not sent away for it
  if (answer.status === 401 && me.peek() && me.peek()?.csrf !== asking) return ask<T>(method, path, body, signal);
  throw await refusal(answer);
}

async function refusal(answer: Response): Promise<ApiError> {
  const told = (await answer.json().catch(() => ({}))) as { detail?: unknown; oidc?: Oidc | null; local?: boolean };
  if (told.oidc !== undefined) oidc.value = told.oidc;
  if (told.local !== undefined) localAccounts.value = told.local;
  if (answer.status === 401) me.value = null;
  return new ApiError(answer.status, sentenceOf(told.detail, answer.status), told);
}

/** The sentence in an error's `detail`: a string, or FastAPI's list of what does not fit. */
export function sentenceOf(detail: unknown, status: number): string {
  // a sentence that begins with somebody's name is left as it is
  if (typeof detail === "string" && detail) return detail.startsWith(`${me.peek()?.name} `) ? detail : capital(detail);
  if (Array.isArray(detail)) {
    const parts = detail as { loc?: unknown[]; msg?: string }[];
    return parts.map((part) => `${(part.loc ?? []).slice(1).join(".")}: ${part.msg ?? "does not fit"}`).join("; ");
  }
  return `The console answered with status ${status}. Try again; if it stays so, look at its log.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
