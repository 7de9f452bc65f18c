/** The reader: their language and time zone go to the console as cookies, which come with every request, also with the live stream. */
import { effect } from "@preact/signals";
import { language } from "./preferences";
import { zone } from "./time";

/** As the board names each language to who speaks it. */
export const LANGUAGE_NAMES: Readonly<Record<string, string>> = { en: "English", de: "Deutsch" };

/** The time zone of this browser. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Read sentences in another language: everything is loaded anew. */
export function readIn(chosen: string): void {
  if (chosen === language.peek()) return;
  language.value = chosen;
  location.reload();
}

/** Tell the console, now and whenever they change. */
export function startReader(): void {
  zone.value = ownZone();
  effect(() => setCookie("makegood_zone", zone.value));
  effect(() => setCookie("makegood_language", language.value));
}

const YEAR_S = 31_536_000;

function setCookie(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: it has to be set before the next request, and not every browser has a cookie store
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
}
