/** The router: path and query of the page as signals. Every page and filter has an address that can be shared. */
import { signal } from "@preact/signals";

export const path = signal(location.pathname);
export const query = signal(new URLSearchParams(location.search));

let navigated = false;
/** Whether this page was reached from another one of ours, not by loading it. */
export const hasNavigated = (): boolean => navigated;

function readLocation(): void {
  navigated ||= location.pathname !== path.peek();
  path.value = location.pathname;
  if (query.peek().toString() !== new URLSearchParams(location.search).toString()) {
    query.value = new URLSearchParams(location.search);
  }
}

/** Show the page at this address of ours. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", to);
  else if (to !== location.pathname + location.search) history.pushState(null, "", to);
  readLocation();
}

/** Change the query of this page, without an entry in the browser's history. Empty values are removed. */
export function setQuery(changes: Record<string, string>): void {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value);
    else params.delete(name);
  }
  const text = params.toString().replaceAll("%2C", ",");
  navigate(location.pathname + (text ? `?${text}` : ""), { replace: true });
}

/** A plain click on a link of ours changes the page without loading it again. */
function onLinkClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest("a");
  const href = link?.getAttribute("href");
  if (!href?.startsWith("/") || href.startsWith("/api/") || link?.target) return;
  event.preventDefault();
  navigate(href);
}

export function startRouter(): void {
  addEventListener("popstate", readLocation);
  document.addEventListener("click", onLinkClick);
}

export const link = {
  task: (id: string) => `/tasks/${encodeURIComponent(id)}`,
  alert: (id: string) => `/alerts/${encodeURIComponent(id)}`,
  customer: (id: string) => `/customers/${encodeURIComponent(id)}`,
  deadLetter: (id: string) => `/dead-letters/${encodeURIComponent(id)}`,
};
