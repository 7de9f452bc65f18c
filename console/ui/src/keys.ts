/** The keyboard: one table of keys, and which page answers to them now. */
import { useEffect } from "preact/hooks";
import { singleKeys } from "./choices";

export type KeyName =
  | "down"
  | "up"
  | "open"
  | "mark"
  | "mark-all"
  | "take"
  | "leave"
  | "acknowledge"
  | "contact"
  | "snooze"
  | "resolve"
  | "dismiss"
  | "undo"
  | "search"
  | "help"
  | "palette"
  | "times"
  | "go-queue"
  | "go-alerts"
  | "go-customers"
  | "go-dead-letters"
  | "go-pipeline";

export interface Key {
  name: KeyName;
  /** As `KeyboardEvent.key` says it; two keys one after the other are divided by a space. */
  keys: readonly string[];
  /** How the help shows it. */
  shown: string;
  does: string;
  group: "Move" | "Act" | "Board" | "Go to";
  /** Works even where single keys are switched off. */
  always?: true;
}

export const KEYS: readonly Key[] = [
  { name: "down", keys: ["j"], shown: "j", does: "next task", group: "Move" },
  { name: "up", keys: ["k"], shown: "k", does: "task before", group: "Move" },
  { name: "open", keys: ["Enter"], shown: "Enter", does: "open the task", group: "Move", always: true },
  { name: "take", keys: ["n"], shown: "n", does: "show what is new", group: "Move" },
  { name: "leave", keys: ["Escape"], shown: "Esc", does: "unmark all; back to the queue", group: "Move", always: true },
  { name: "mark", keys: ["x"], shown: "x", does: "mark, to act on several", group: "Act" },
  { name: "mark-all", keys: ["X"], shown: "Shift x", does: "mark all up to here", group: "Act" },
  { name: "acknowledge", keys: ["a"], shown: "a", does: "acknowledge", group: "Act" },
  { name: "contact", keys: ["c"], shown: "c", does: "the customer was contacted", group: "Act" },
  { name: "snooze", keys: ["s"], shown: "s", does: "snooze", group: "Act" },
  { name: "resolve", keys: ["r"], shown: "r", does: "resolve", group: "Act" },
  { name: "dismiss", keys: ["d"], shown: "d", does: "dismiss", group: "Act" },
  { name: "undo", keys: ["z"], shown: "z", does: "undo, for ten seconds", group: "Act" },
  { name: "search", keys: ["/"], shown: "/", does: "search the list", group: "Board" },
  { name: "palette", keys: ["Ctrl+k"], shown: "Ctrl K", does: "find a page, customer, task or action", group: "Board", always: true },
  { name: "times", keys: ["t"], shown: "t", does: "times relative or absolute", group: "Board" },
  { name: "help", keys: ["?"], shown: "?", does: "this help", group: "Board" },
  { name: "go-queue", keys: ["g q"], shown: "g q", does: "queue", group: "Go to" },
  { name: "go-alerts", keys: ["g a"], shown: "g a", does: "alerts", group: "Go to" },
  { name: "go-customers", keys: ["g c"], shown: "g c", does: "customers", group: "Go to" },
  { name: "go-dead-letters", keys: ["g d"], shown: "g d", does: "dead letters", group: "Go to" },
  { name: "go-pipeline", keys: ["g p"], shown: "g p", does: "pipeline", group: "Go to" },
];

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** Where the key was pressed, and what came before it. */
export interface Circumstances {
  /** In a field that takes text. */
  typing: boolean;
  /** While a dialog or a menu is open: Escape closes it, other keys are its own. */
  dialog: boolean;
  /** On a control that takes Enter itself. */
  onControl: boolean;
  singleKeys: boolean;
  /** The key before, if it may begin a pair. */
  before: string | null;
}

/** What a key means, or null. */
export function meaning(pressed: Pressed, where: Circumstances): KeyName | null {
  const command = pressed.ctrlKey || pressed.metaKey;
  if (pressed.altKey) return null;
  if (command) return pressed.key.toLowerCase() === "k" ? "palette" : null;
  if (where.typing || where.dialog || (where.onControl && pressed.key === "Enter")) return null;
  const written = where.before === null ? pressed.key : `${where.before} ${pressed.key}`;
  const found = KEYS.find((key) => key.keys.includes(written));
  return found && (where.singleKeys || found.always) ? found.name : null;
}

type Answers = Partial<Record<KeyName, () => void>>;
const answering: Answers[] = [];

/** Answer to these keys while the component is on the page: what came last first, and the board's own where no page answers. */
export function useKeys(answers: Answers, when: "first" | "where no page answers" = "first"): void {
  useEffect(() => {
    if (when === "first") answering.push(answers);
    else answering.unshift(answers);
    return () => void answering.splice(answering.indexOf(answers), 1);
  });
}

let before: { key: string; at: number } | null = null;
const PAIR_MS = 1_200;

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const paired = before !== null && event.timeStamp - before.at < PAIR_MS ? before.key : null;
  before = null;
  const where = circumstances(event.target as HTMLElement, paired);
  const name = meaning(event, where);
  const answer = name && answering.findLast((one) => one[name])?.[name];
  if (answer) {
    event.preventDefault();
    answer();
  } else if (event.key === "g" && !where.typing && !where.dialog) {
    before = { key: "g", at: event.timeStamp };
  }
}

function circumstances(target: HTMLElement, paired: string | null): Circumstances {
  const text = target.matches?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button])") ?? false;
  return {
    typing: text,
    dialog: document.querySelector("dialog[open], :popover-open") !== null,
    onControl: target.matches?.("a, button, input, summary") ?? false,
    singleKeys: singleKeys.peek() === "on",
    before: paired,
  };
}

export function listenToKeys(): void {
  addEventListener("keydown", press);
}
