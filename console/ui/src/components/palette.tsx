/** Ctrl K: one field that finds pages, actions, customers and tasks. */
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, me } from "../api";
import { label } from "../labels";
import { density, theme } from "../preferences";
import { link, navigate, path } from "../router";
import { actionTargets } from "../store/action-targets";
import { requestAction } from "../store/actions";
import type { SearchResults } from "../types";
import { capitalize, nameOf, OFFERED_VERBS, plural, VERBS } from "../wording";
import { Dialog } from "./dialog";
import { helpOpen } from "./help";
import { Icon, type IconName } from "./icons";

export const paletteOpen = signal(false);

interface Option {
  id: string;
  icon: IconName;
  label: string;
  hint: string;
  run: () => void;
}

export function Palette() {
  const typed = useSignal("");
  const active = useSignal(0);
  const found = useSearch(typed.value);
  const options = matchingOptions(typed.value, found);
  const close = () => (paletteOpen.value = false);
  const choose = (option: Option | undefined) => {
    if (!option) return;
    close();
    setTimeout(option.run); // after the dialog has given the keyboard back
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => (active.value = Math.min(active.value + 1, options.length - 1)),
    ArrowUp: () => (active.value = Math.max(active.value - 1, 0)),
    Enter: () => choose(options[active.value]),
  };
  return (
    <Dialog title="Find" close={close} class="palette">
      <input
        role="combobox"
        aria-label="Find a page, customer, task or action"
        aria-expanded="true"
        aria-controls="found"
        aria-autocomplete="list"
        aria-activedescendant={options[active.value]?.id}
        placeholder="Page, customer, task or action"
        autocomplete="off"
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          active.value = 0;
        }}
        onKeyDown={(event) => {
          const handler = keys[event.key];
          if (!handler) return;
          event.preventDefault();
          handler();
        }}
      />
      <div id="found" role="listbox" aria-label="Found">
        {options.map((option, at) => (
          <OptionRow key={option.id} option={option} chosen={at === active.value} choose={choose} />
        ))}
      </div>
      {options.length === 0 && <p class="muted none">Nothing is called “{typed.value}”.</p>}
    </Dialog>
  );
}

function OptionRow({ option, chosen, choose }: { option: Option; chosen: boolean; choose: (option: Option) => void }) {
  useEffect(() => {
    if (chosen) document.getElementById(option.id)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    // the field keeps the focus: arrow keys move aria-activedescendant
    <div id={option.id} role="option" class="option" aria-selected={chosen} tabIndex={-1} onClick={() => choose(option)}>
      <Icon name={option.icon} />
      <span>{option.label}</span>
      <span class="muted">{option.hint}</span>
    </div>
  );
}

const NO_RESULTS: SearchResults = { customers: [], tasks: [] };

/** What the console finds, a moment after the last key. */
function useSearch(typed: string): SearchResults {
  const found = useSignal(NO_RESULTS);
  useEffect(() => {
    const words = typed.trim();
    if (words.length < 2) {
      found.value = NO_RESULTS;
      return;
    }
    const request = new AbortController();
    const timer = setTimeout(async () => {
      found.value = await get<SearchResults>(`search?q=${encodeURIComponent(words)}`, request.signal).catch(() => NO_RESULTS);
    }, 120);
    return () => {
      clearTimeout(timer);
      request.abort();
    };
  }, [typed]);
  return found.value;
}

function matchingOptions(typed: string, found: SearchResults): Option[] {
  const words = typed.trim().toLowerCase().split(/\s+/);
  const local = [...actionOptions(), ...pageOptions(), ...preferenceOptions()].filter((option) =>
    words.every((word) => option.label.toLowerCase().includes(word)),
  );
  const customers = found.customers.slice(0, 8).map(
    (one): Option => ({
      id: `find-${one.id}`,
      icon: "person",
      label: one.name ?? one.id,
      hint: `tier ${one.tier}${one.hic ? ", HIC" : ""}, ${plural(one.open_tasks, "open task")}`,
      run: () => navigate(link.customer(one.id)),
    }),
  );
  const tasks = found.tasks.slice(0, 8).map(
    (one): Option => ({
      id: `find-${one.id}`,
      icon: "queue",
      label: `${nameOf(one)}: ${one.sentence}`,
      hint: `${one.priority}, ${label("status", one.status)}`,
      run: () => navigate(link.task(one.id)),
    }),
  );
  return [...local, ...customers, ...tasks];
}

function pageOptions(): Option[] {
  const all: [string, string, IconName][] = [
    ["/", "Queue", "queue"],
    ["/?priority=P1", "Queue: P1 only", "queue"],
    ["/?view=closed", "Queue: closed", "queue"],
    ["/alerts", "Alerts", "bell"],
    ["/customers", "Customers", "people"],
    ["/dead-letters", "Dead letters", "letter"],
    ["/pipeline", "Pipeline", "pulse"],
  ];
  if (me.value?.may.admin) all.push(["/users", "Users", "key"]);
  return all.map(([to, label, icon]) => ({ id: `page-${label}`, icon, label, hint: "page", run: () => navigate(to) }));
}

/** What can be done with the task that one is at. */
function actionOptions(): Option[] {
  const tasks = actionTargets(path.value);
  const whom = tasks.length === 1 && tasks[0] ? nameOf(tasks[0]) : plural(tasks.length, "task");
  return tasks.length === 0
    ? []
    : OFFERED_VERBS.map(
        (verb): Option => ({
          id: `act-${verb}`,
          icon: "check",
          label: `${VERBS[verb].label}: ${whom}`,
          hint: "action",
          run: () => requestAction(verb, tasks),
        }),
      );
}

/** How the board looks. */
function preferenceOptions(): Option[] {
  const isDark = theme.value === "dark" || (theme.value === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  const dark = isDark ? "light" : "dark";
  const dense = density.value === "compact" ? "comfortable" : "compact";
  return [
    { id: "set-theme", icon: "moon", label: `${capitalize(dark)} theme`, hint: "board", run: () => (theme.value = dark) },
    { id: "set-density", icon: "rows", label: `${capitalize(dense)} rows`, hint: "board", run: () => (density.value = dense) },
    { id: "set-help", icon: "key", label: "Keyboard help", hint: "board", run: () => (helpOpen.value = true) },
  ];
}
