/** The queue: open tasks by time to breach within priority, worked through by keyboard or pointer. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useKeys } from "../keys";
import { QueueTools } from "../parts/queue-tools";
import { TaskRow } from "../parts/task-row";
import { Skeleton } from "../parts/states";
import { NothingToDo } from "../parts/nothing-to-do";
import { SelectionBar } from "../parts/selection-bar";
import { go, link } from "../router";
import { undoLast, want } from "../store/actions";
import { chosen, current, markAll, markUpTo, marked, step, toggle } from "../store/marks";
import { failure, hasMore, heldBack, hold, loadingMore, more, reload, state, summary, take, tasks } from "../store/queue";
import type { Verb } from "../types";
import { listed, many } from "../wording";

/** Where the list was scrolled to when it was left. */
let leftAt = 0;

export function QueuePage() {
  useQueueKeys();
  return (
    <section class="page queue" aria-label="Queue">
      <h1 class="unseen" tabIndex={-1}>
        Queue
      </h1>
      <QueueTools />
      {failure.value && state.value === "ready" && <p class="notice bad" role="alert">{failure.value}</p>}
      <Held>
        <Pill />
        <Body />
      </Held>
      <SelectionBar />
    </section>
  );
}

/** While a pointer or the keyboard is in here, the rows hold still: also on the way to the pill that takes in what is new. */
function Held({ children }: { children: ComponentChildren }) {
  useEffect(() => () => (hold("keyboard", false), hold("pointer", false)), []);
  return (
    <div
      class="held"
      onPointerEnter={() => hold("pointer", true)}
      onPointerLeave={() => hold("pointer", false)}
      onFocusIn={() => hold("keyboard", true)}
      onFocusOut={(event) => hold("keyboard", event.currentTarget.contains(event.relatedTarget as Node | null))}
    >
      {children}
    </div>
  );
}

function Body() {
  if (state.value === "loading") return <Skeleton lines={16} />;
  if (state.value === "failed") {
    return (
      <div class="empty" role="alert">
        <h2>The queue could not be loaded</h2>
        <p>{failure.value}</p>
        <button type="button" class="button" onClick={() => void reload()}>
          Try again
        </button>
      </div>
    );
  }
  return tasks.value.length === 0 ? <NothingToDo /> : <Grid />;
}

function Grid() {
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = scroller.current;
    if (box) box.scrollTop = leftAt;
    const id = current.peek();
    if (id && document.activeElement?.tagName === "H1") rowOf(id)?.focus({ preventScroll: true }); // back from its page
  }, []);
  return (
    <div
      class="list"
      ref={scroller}
      onScroll={(event) => (leftAt = event.currentTarget.scrollTop)}
      onKeyDown={arrows}
    >
      <div role="grid" aria-label="Tasks" aria-multiselectable="true" aria-rowcount={(summary.value?.total ?? 0) + 1} class="grid">
        <Columns />
        <div role="rowgroup" class="rows">
          {tasks.value.map((task, place) => (
            <TaskRow key={task.id} task={task} place={place} tabbable={(current.value ?? tasks.value[0]?.id) === task.id} />
          ))}
        </div>
      </div>
      {hasMore.value && <More />}
    </div>
  );
}

const ARROWS: Record<string, (by: number) => string | null> = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  PageDown: (page) => step(page),
  PageUp: (page) => step(-page),
  Home: () => step(-Infinity),
  End: () => step(Infinity),
};

/** In a row the arrows walk and the space bar marks, also where single keys are switched off. */
function arrows(event: KeyboardEvent): void {
  const row = event.target as HTMLElement;
  if (!row.matches("[data-task]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const walk = ARROWS[event.key];
  if (!walk && event.key !== " ") return;
  event.preventDefault();
  if (walk) focusOn(walk(Math.floor((row.closest(".list")?.clientHeight ?? 0) / row.clientHeight) - 2));
  else if (row.dataset.task) toggle(row.dataset.task);
}

function Columns() {
  const all = tasks.value.length > 0 && tasks.value.every((task) => marked.value.has(task.id));
  return (
    <div role="rowgroup" class="columns">
      <div role="row" class="row head" aria-rowindex={1}>
        <span role="columnheader">
          <input type="checkbox" aria-label="Mark all that are shown" checked={all} onChange={() => markAll(!all)} />
        </span>
        <span role="columnheader" title="Priority">Pr<span class="unseen">iority</span></span>
        <span role="columnheader">Clock</span>
        <span role="columnheader">Customer</span>
        <span role="columnheader">What happened</span>
        <span role="columnheader">Status</span>
        <span role="columnheader" title="Whether people were told">Told</span>
        <span role="columnheader">Owner</span>
      </div>
    </div>
  );
}

/** The end of what is loaded: comes into view, brings more. */
function More() {
  const end = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const watcher = new IntersectionObserver((seen) => seen[0]?.isIntersecting && void more(), { rootMargin: "600px" });
    if (end.current) watcher.observe(end.current);
    return () => watcher.disconnect();
  }, []);
  return (
    <button type="button" class="more" ref={end} onClick={() => void more()}>
      {loadingMore.value ? "Loading more" : `Load more of ${many(summary.value?.total ?? 0, "task")}`}
    </button>
  );
}

/** What was held back while somebody was working in the list. */
function Pill() {
  const { added, moved, leaving } = heldBack.value;
  const parts = [added ? `${added} new` : "", moved ? `${moved} moved` : "", leaving ? `${leaving} done` : ""].filter(Boolean);
  return (
    <div class="pill-place" role="status">
      {parts.length > 0 && (
        <button type="button" class="pill" onClick={takeKeepingPlace} title="The rows stay as they are until you take this in">
          {listed(parts)}
          <kbd>n</kbd>
        </button>
      )}
    </div>
  );
}

const rowOf = (id: string) => document.querySelector<HTMLElement>(`[data-task="${CSS.escape(id)}"]`);

/** Take in what is new; where the keyboard's own row goes with it, the keyboard moves to the one that comes after. */
function takeKeepingPlace(): void {
  const after = step(1);
  take();
  const isGone = !tasks.peek().some((task) => task.id === current.peek());
  if (isGone && current.peek() !== null) setTimeout(() => focusOn(tasks.peek().some((task) => task.id === after) ? after : (tasks.peek()[0]?.id ?? null)));
}

/** Move the keyboard to a row. */
function focusOn(id: string | null): void {
  if (id === null) return;
  current.value = id;
  const row = rowOf(id);
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
  if (tasks.peek().slice(-5).some((task) => task.id === id)) void more();
}

function useQueueKeys(): void {
  const act = (verb: Verb) => () => want(verb, chosen());
  const at = (what: (id: string) => void) => () => {
    const id = current.peek() ?? step(0);
    if (id) what(id);
  };
  useKeys({
    down: () => focusOn(step(current.peek() ? 1 : 0)),
    up: () => focusOn(step(-1)),
    open: at((id) => go(link.task(id))),
    mark: at(toggle),
    "mark-all": at(markUpTo),
    take: takeKeepingPlace,
    leave,
    acknowledge: act("acknowledge"),
    contact: act("contact"),
    snooze: act("snooze"),
    resolve: act("resolve"),
    dismiss: act("dismiss"),
    undo: undoLast,
    search: () => document.querySelector<HTMLInputElement>("#search")?.select(),
  });
}

/** Escape: first the marks go, then the keyboard leaves the list. */
function leave(): void {
  if (marked.peek().size > 0) markAll(false);
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
