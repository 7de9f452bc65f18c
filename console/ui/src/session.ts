/** Signing in and out. Without a session the sign-in page is shown, and afterwards the page that one was at. */
import { effect } from "@preact/signals";
import { ApiError, get, me, send } from "./api";
import { follow, unfollow } from "./live";
import { go, path } from "./router";
import { setServerTime, zone } from "./time";
import type { Me } from "./types";

const SIGN_IN = "/sign-in";

/** Find out who is signed in, and keep the live stream with them. */
export async function begin(): Promise<void> {
  effect(() => {
    if (me.value === null) toSignIn();
  });
  await askWho();
}

async function askWho(): Promise<void> {
  try {
    accept(await get<Me>("me"));
  } catch (error) {
    if (error instanceof ApiError && error.status !== 401) setTimeout(() => void askWho(), 2_000);
  }
}

/** Somebody is signed in. */
export function accept(known: Me): void {
  zone.value = known.zone;
  setServerTime(known.server_time);
  me.value = known;
  follow();
  if (path.peek() === SIGN_IN) go(wantedPage(), { replace: true });
}

/** Throws ApiError. */
export async function signIn(name: string, password: string): Promise<void> {
  accept(await send<Me>("POST", "login", { name, password }));
}

export async function signOut(): Promise<void> {
  await send("POST", "logout", {}).catch(() => null);
  me.value = null;
}

function toSignIn(): void {
  unfollow();
  if (path.peek() === SIGN_IN) return;
  const here = location.pathname + location.search;
  go(here === "/" ? SIGN_IN : `${SIGN_IN}?next=${encodeURIComponent(here)}`, { replace: true });
}

/** Where one was; only a page of ours. */
function wantedPage(): string {
  const next = new URLSearchParams(location.search).get("next") ?? "/";
  return /^\/(?![/\\])/.test(next) ? next : "/";
}
