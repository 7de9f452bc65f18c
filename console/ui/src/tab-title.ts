/** The title and the icon of the tab: which page this is, how many P1 are open, and since when it is not live. */
import { effect, signal } from "@preact/signals";
import { silentSince } from "./live-stream";
import { summary } from "./store/queue";
import { clockTime } from "./time";

/** The title of the page that is shown. */
export const title = signal("Makegood");

const LIVE = icon("#0b6e5f", '<path d="m6.4 10 2.9 2.9L17.6 4.2"/>');
const NOT_LIVE = icon("#b3261e", '<path d="M10 5.6v5.2M10 13.6v.4"/>');

function icon(colour: string, sign: string): string {
  const ring = '<path d="M16.9 7.2A7.6 7.6 0 1 1 12.6 2.9"/>';
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="none" stroke="${colour}" stroke-width="2.4" stroke-linecap="round">${ring}${sign}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}

export function startTitle(): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  effect(() => {
    const urgent = summary.value?.counts.P1 ?? 0;
    const since = silentSince.value;
    const page = title.value === "Queue" && urgent > 0 ? `${urgent} P1 · Queue` : title.value;
    document.title = since === null ? `${page} · Makegood` : `not live since ${clockTime(since)} · ${page}`;
    if (link) link.href = since === null ? LIVE : NOT_LIVE;
  });
}
