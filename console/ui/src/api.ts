/** Requests to the console's API: JSON in and out, and every failure as a sentence for people. */
import { signal } from "@preact/signals";
import type { Me, Oidc } from "./types";
import { capitalize } from "./wording";

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
    /** What the console's answer holds beside the sentence. */
    readonly body: object = {},
  ) {
    super(sentence);
  }
}

const UNREACHABLE = "The console does not answer. Your work is safe; this page tries again by itself.";
const NOT_DONE = "The console does not answer. Nothing tries this again by itself: try once more in a moment.";

/** GET /api/`path`. Throws ApiError. */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>("GET", path, undefined, signal);
}

/** POST or PATCH /api/`path`. Throws ApiError. */
export async function send<T>(method: "POST" | "PATCH", path: string, body: unknown): Promise<T> {
  try {
    return await request<T>(method, path, body);
  } catch (error) {
    if (error instanceof ApiError && error.status === 403 && (await hasSessionChanged())) return request<T>(method, path, body);
    throw error;
  }
}

/** Whether somebody signed in anew in another tab: then this one goes on in that session. */
async function hasSessionChanged(): Promise<boolean> {
  const before = me.peek()?.csrf;
  if (before === undefined) return false;
  const current = await request<Me>("GET", "me");
  me.value = current;
  return current.csrf !== before;
}

async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const csrf = me.peek()?.csrf;
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  const response = await fetch(`/api/${path}`, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, method === "GET" ? UNREACHABLE : NOT_DONE);
  });
  if (response.ok) return (await response.json()) as T;
  // a response about a session that is over: whoever signed in since then stays signed in
  if (response.status === 401 && me.peek() && me.peek()?.csrf !== csrf) return request<T>(method, path, body, signal);
  throw await toApiError(response);
}

async function toApiError(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as { detail?: unknown; oidc?: Oidc | null; local?: boolean };
  if (body.oidc !== undefined) oidc.value = body.oidc;
  if (body.local !== undefined) localAccounts.value = body.local;
  if (response.status === 401) me.value = null;
  return new ApiError(response.status, errorMessage(body.detail, response.status), body);
}

/** The sentence in an error's `detail`: a string, or FastAPI's list of what does not fit. */
export function errorMessage(detail: unknown, status: number): string {
  if (typeof detail === "string" && detail) return capitalize(detail);
  if (Array.isArray(detail)) {
    const parts = detail as { loc?: unknown[]; msg?: string }[];
    return parts.map((part) => `${(part.loc ?? []).slice(1).join(".")}: ${part.msg ?? "does not fit"}`).join("; ");
  }
  return `The console answered with status ${status}. Try again; if it stays so, look at its log.`;
}
