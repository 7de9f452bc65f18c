/** Preferences that this browser stores: theme, density, single-key shortcuts, relative or absolute times, language of sentences. */
import { effect, type Signal, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
export type Density = "compact" | "comfortable";

export const theme = persisted<Theme>("theme", "system", ["system", "light", "dark"]);
export const density = persisted<Density>("density", "compact", ["compact", "comfortable"]);
export const singleKeys = persisted<"on" | "off">("single-keys", "on", ["on", "off"]);
export const timeFormat = persisted<"relative" | "absolute">("times", "relative", ["relative", "absolute"]);

/** The language of sentences; what the board itself says is English. */
export const language = persisted<string>("language", "en", ["en", "de"]);

/** A signal stored in the browser; a stored value that is not among the possible ones is ignored. */
function persisted<T extends string>(name: string, fallback: T, possible: readonly T[]): Signal<T> {
  const key = `makegood.${name}`;
  const value = signal<T>(possible.find((one) => one === readStored(key)) ?? fallback);
  effect(() => writeStored(key, value.value));
  return value;
}

function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is switched off: the preference holds until the page is closed
  }
}

function writeStored(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // as above
  }
}

/** Apply the preferences to the page, now and whenever they change. */
export function startPreferences(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    document.documentElement.dataset.density = density.value;
  });
}
