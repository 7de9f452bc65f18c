/** Signing in and out. Without a session the sign-in page is shown, then the page that was requested. */
import { effect } from "@preact/signals";
import { ApiError, get, me, send } from "./api";
import { closeStream, openStream } from "./live-stream";
import { ownZone } from "./reader";
import { navigate, path } from "./router";
import { setServerTime, zone } from "./time";
import type { Me } from "./types";

const SIGN_IN = "/sign-in";

/** Find out who is signed in; whenever nobody is, show the sign-in page. */
export async function startSession(): Promise<void> {
  effect(() => {
    if (me.value === null) showSignIn();
  });
  await loadUser();
}

async function loadUser(): Promise<void> {
  try {
    setUser(await get<Me>("me"));
  } catch (error) {
    if (error instanceof ApiError && error.status !== 401) setTimeout(() => void loadUser(), 2_000);
  }
}

/** Somebody is signed in: the live stream follows. */
export function setUser(user: Me): void {
  zone.value = user.zone ?? ownZone();
  setServerTime(user.server_time);
  me.value = user;
  openStream();
  if (path.peek() === SIGN_IN) navigate(nextPage(), { replace: true });
}

/** Throws ApiError. */
export async function signIn(name: string, password: string): Promise<void> {
  setUser(await send<Me>("POST", "login", { name, password }));
}

export async function signOut(): Promise<void> {
  await send("POST", "logout", {}).catch(() => null);
  me.value = null;
}

function showSignIn(): void {
  closeStream();
  if (path.peek() === SIGN_IN) return;
  const here = location.pathname + location.search;
  navigate(here === "/" ? SIGN_IN : `${SIGN_IN}?next=${encodeURIComponent(here)}`, { replace: true });
}

/** The page that was requested; only one of ours. */
function nextPage(): string {
  const next = new URLSearchParams(location.search).get("next") ?? "/";
  return /^\/(?![/\\])/.test(next) ? next : "/";
}
