/** Where one is: path and query of the page as signals. Every page and filter is a link that can be sent to somebody. */
import { signal } from "@preact/signals";

export const path = signal(location.pathname);
export const query = signal(new URLSearchParams(location.search));

let walked = false;
/** Whether one came to this page from another, not by loading it. */
export const hasWalked = (): boolean => walked;

function read(): void {
  walked ||= location.pathname !== path.peek();
  path.value = location.pathname;
  if (query.peek().toString() !== new URLSearchParams(location.search).toString()) {
    query.value = new URLSearchParams(location.search);
  }
}

/** Show the page at this address of ours. */
export function go(to: string, how: { replace?: boolean } = {}): void {
  if (how.replace) history.replaceState(null, "", to);
  else if (to !== location.pathname + location.search) history.pushState(null, "", to);
  read();
}

/** Change the query of this page, without a step in the browser's history. Empty values go. */
export function refine(changed: Record<string, string>): void {
  const wanted = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changed)) {
    if (value) wanted.set(name, value);
    else wanted.delete(name);
  }
  const text = wanted.toString().replaceAll("%2C", ",");
  go(location.pathname + (text ? `?${text}` : ""), { replace: true });
}

/** A plain click on a link of ours changes the page without loading it again. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest("a");
  const href = link?.getAttribute("href");
  if (!href?.startsWith("/") || href.startsWith("/api/") || link?.target) return;
  event.preventDefault();
  go(href);
}

export function listen(): void {
  addEventListener("popstate", read);
  document.addEventListener("click", follow);
}

export const link = {
  task: (id: string) => `/tasks/${encodeURIComponent(id)}`,
  alert: (id: string) => `/alerts/${encodeURIComponent(id)}`,
  customer: (id: string) => `/customers/${encodeURIComponent(id)}`,
  deadLetter: (id: string) => `/dead-letters/${encodeURIComponent(id)}`,
};
