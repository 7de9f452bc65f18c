/** What stands above the queue: counts by priority that filter, more filters, the search, and how dense the rows are. */
import { useSignal } from "@preact/signals";
import { label, slugsOf } from "../labels";
import { density } from "../preferences";
import { navigate, path, setQuery } from "../router";
import { filter, summary } from "../store/queue";
import { PRIORITIES, STATUSES, TIERS } from "../types";
import { number } from "../wording";
import { Icon } from "./icons";
import { MultiSelect } from "./multi-select";

export function QueueToolbar() {
  const owners = summary.value?.owners ?? [];
  return (
    <div class="tools" role="search" aria-label="Filter the queue">
      <ViewSwitch />
      <PriorityFilter />
      <Overdue />
      <MultiSelect name="tier" label="Tier" options={TIERS} />
      <MultiSelect name="cause" label="Cause" options={slugsOf("cause")} called={(one) => label("cause", one)} />
      <MultiSelect name="status" label="Status" options={STATUSES} called={(one) => label("status", one)} />
      <MultiSelect name="owner" label="Owner" options={owners} />
      <ClearFilters />
      <Search />
      <Density />
    </div>
  );
}

const VIEWS = ["open", "closed", "all"] as const;

function ViewSwitch() {
  return (
    <div class="segments" role="group" aria-label="Which tasks">
      {VIEWS.map((view) => (
        <button
          key={view}
          type="button"
          aria-pressed={filter.value.view === view}
          onClick={() => setQuery({ view: view === "open" ? "" : view })}
        >
          {view}
        </button>
      ))}
    </div>
  );
}

function PriorityFilter() {
  const counts = summary.value?.counts;
  const chosen = filter.value.priority;
  const toggle = (one: string) =>
    setQuery({ priority: (chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one].sort()).join(",") });
  return (
    <div class="segments" role="group" aria-label="Priority">
      {PRIORITIES.map((one) => (
        <button key={one} type="button" class={`count ${one}`} aria-pressed={chosen.includes(one)} onClick={() => toggle(one)}>
          <b>{one}</b> {counts ? number(counts[one]) : "–"}
        </button>
      ))}
    </div>
  );
}

function Overdue() {
  const overdue = summary.value?.counts.overdue ?? 0;
  if (filter.value.view !== "open" || overdue === 0) return null;
  return <span class="overdue">{number(overdue)} overdue</span>;
}

function ClearFilters() {
  const { q, view: _, ...sets } = filter.value;
  if (!q && Object.values(sets).every((set) => set.length === 0)) return null;
  return (
    <button type="button" class="link-button" onClick={() => navigate(path.peek(), { replace: true })}>
      Clear filters
    </button>
  );
}

const TYPING_PAUSE_MS = 150;

function Search() {
  const timer = useSignal<ReturnType<typeof setTimeout> | undefined>(undefined);
  const typed = (text: string) => {
    clearTimeout(timer.peek());
    timer.value = setTimeout(() => setQuery({ q: text.trim() }), TYPING_PAUSE_MS);
  };
  return (
    <label class="search">
      <span class="visually-hidden">Search tasks by customer, words, owner or id</span>
      <Icon name="search" />
      <input
        id="search"
        type="search"
        placeholder="Search"
        value={filter.value.q}
        onInput={(event) => typed(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

function Density() {
  const other = density.value === "compact" ? "comfortable" : "compact";
  return (
    <button
      type="button"
      class="icon-button"
      title={`Rows are ${density.value}: make them ${other}`}
      aria-label={`Make rows ${other}`}
      onClick={() => (density.value = other)}
    >
      <Icon name={density.value === "compact" ? "rows" : "queue"} />
    </button>
  );
}
