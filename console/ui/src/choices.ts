/** What this browser remembers of how its user likes the board: theme, density, single keys, absolute times. */
import { type Signal, effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
export type Density = "compact" | "comfortable";

export const theme = kept<Theme>("theme", "system", ["system", "light", "dark"]);
export const density = kept<Density>("density", "compact", ["compact", "comfortable"]);
export const singleKeys = kept<"on" | "off">("single-keys", "on", ["on", "off"]);
export const times = kept<"relative" | "absolute">("times", "relative", ["relative", "absolute"]);

/** A signal that is remembered; what is remembered but not possible counts for nothing. */
function kept<T extends string>(name: string, usual: T, possible: readonly T[]): Signal<T> {
  const key = `makegood.${name}`;
  const value = signal<T>(possible.find((one) => one === recall(key)) ?? usual);
  effect(() => remember(key, value.value));
  return value;
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is switched off: the choice holds until the page is closed
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // as above
  }
}

/** Show the choices on the page from now on. */
export function applyChoices(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    document.documentElement.dataset.density = density.value;
  });
}
