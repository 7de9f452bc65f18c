/** Keyboard shortcuts: one table of them, and the handlers of the page that is shown. */
import { useEffect } from "preact/hooks";
import { singleKeys } from "./preferences";
import type { Verb } from "./types";

export type ShortcutName =
  | "down"
  | "up"
  | "open"
  | "select"
  | "select-range"
  | "apply-pending"
  | "back"
  | "acknowledge"
  | "contact"
  | "snooze"
  | "resolve"
  | "dismiss"
  | "undo"
  | "search"
  | "help"
  | "palette"
  | "time-format"
  | "go-queue"
  | "go-alerts"
  | "go-customers"
  | "go-dead-letters"
  | "go-pipeline";

export interface Shortcut {
  name: ShortcutName;
  /** As in `KeyboardEvent.key`; a sequence of two keys is separated by a space. */
  keys: readonly string[];
  /** How the help shows it. */
  label: string;
  description: string;
  group: "Move" | "Act" | "Board" | "Go to";
  /** Works even where single keys are switched off. */
  always?: true;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { name: "down", keys: ["j"], label: "j", description: "next task", group: "Move" },
  { name: "up", keys: ["k"], label: "k", description: "previous task", group: "Move" },
  { name: "open", keys: ["Enter"], label: "Enter", description: "open the task", group: "Move", always: true },
  { name: "apply-pending", keys: ["n"], label: "n", description: "show what is new", group: "Move" },
  { name: "back", keys: ["Escape"], label: "Esc", description: "clear the selection; back to the queue", group: "Move", always: true },
  { name: "select", keys: ["x"], label: "x", description: "select, to act on several", group: "Act" },
  { name: "select-range", keys: ["X"], label: "Shift x", description: "select all up to here", group: "Act" },
  { name: "acknowledge", keys: ["a"], label: "a", description: "acknowledge", group: "Act" },
  { name: "contact", keys: ["c"], label: "c", description: "the customer was contacted", group: "Act" },
  { name: "snooze", keys: ["s"], label: "s", description: "snooze", group: "Act" },
  { name: "resolve", keys: ["r"], label: "r", description: "resolve", group: "Act" },
  { name: "dismiss", keys: ["d"], label: "d", description: "dismiss", group: "Act" },
  { name: "undo", keys: ["z"], label: "z", description: "undo, for ten seconds", group: "Act" },
  { name: "search", keys: ["/"], label: "/", description: "search the list", group: "Board" },
  {
    name: "palette",
    keys: ["Ctrl+k"],
    label: "Ctrl K",
    description: "find a page, customer, task or action",
    group: "Board",
    always: true,
  },
  { name: "time-format", keys: ["t"], label: "t", description: "relative or absolute times", group: "Board" },
  { name: "help", keys: ["?"], label: "?", description: "this help", group: "Board" },
  { name: "go-queue", keys: ["g q"], label: "g q", description: "queue", group: "Go to" },
  { name: "go-alerts", keys: ["g a"], label: "g a", description: "alerts", group: "Go to" },
  { name: "go-customers", keys: ["g c"], label: "g c", description: "customers", group: "Go to" },
  { name: "go-dead-letters", keys: ["g d"], label: "g d", description: "dead letters", group: "Go to" },
  { name: "go-pipeline", keys: ["g p"], label: "g p", description: "pipeline", group: "Go to" },
];

/** The key of a verb, as its button shows it. */
export const keyOf = (verb: Verb): string | undefined => SHORTCUTS.find((one) => one.name === verb)?.label;

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** Where the key was pressed, and which key came before it. */
export interface KeyContext {
  /** In a field that takes text. */
  typing: boolean;
  /** While a dialog or a menu is open: Escape closes it, other keys are its own. */
  inDialog: boolean;
  /** On a control that handles Enter itself. */
  onControl: boolean;
  singleKeys: boolean;
  /** The key before, if it may begin a sequence. */
  prefix: string | null;
}

/** What a key means, or null. */
export function shortcutFor(press: KeyPress, context: KeyContext): ShortcutName | null {
  const command = press.ctrlKey || press.metaKey;
  if (press.altKey) return null;
  if (command) return press.key.toLowerCase() === "k" ? "palette" : null;
  if (context.typing || context.inDialog || (context.onControl && press.key === "Enter")) return null;
  const sequence = context.prefix === null ? press.key : `${context.prefix} ${press.key}`;
  const found = SHORTCUTS.find((key) => key.keys.includes(sequence));
  return found && (context.singleKeys || found.always) ? found.name : null;
}

type Handlers = Partial<Record<ShortcutName, () => void>>;
const activeHandlers: Handlers[] = [];

/** Handle these shortcuts while the component is mounted. The last mounted comes first; the board's own are the fallback. */
export function useShortcuts(handlers: Handlers, order: "first" | "fallback" = "first"): void {
  useEffect(() => {
    if (order === "first") activeHandlers.push(handlers);
    else activeHandlers.unshift(handlers);
    return () => void activeHandlers.splice(activeHandlers.indexOf(handlers), 1);
  });
}

let prefix: { key: string; at: number } | null = null;
const SEQUENCE_MS = 1_200;

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const first = prefix !== null && event.timeStamp - prefix.at < SEQUENCE_MS ? prefix.key : null;
  prefix = null;
  const context = contextOf(event.target as HTMLElement, first);
  const name = shortcutFor(event, context);
  const handler = name && activeHandlers.findLast((one) => one[name])?.[name];
  if (handler) {
    event.preventDefault();
    handler();
  } else if (event.key === "g" && !context.typing && !context.inDialog) {
    prefix = { key: "g", at: event.timeStamp };
  }
}

function contextOf(target: HTMLElement, first: string | null): KeyContext {
  const text = target.matches?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button])") ?? false;
  return {
    typing: text,
    inDialog: document.querySelector("dialog[open], :popover-open") !== null,
    onControl: target.matches?.("a, button, input, summary") ?? false,
    singleKeys: singleKeys.peek() === "on",
    prefix: first,
  };
}

export function startShortcuts(): void {
  addEventListener("keydown", onKeyDown);
}
