/** The queue: open tasks by time to breach within priority, worked through by keyboard or pointer. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useKeys } from "../keys";
import { PageTitle } from "../parts/page-title";
import { QueueTools } from "../parts/queue-tools";
import { TaskGrid, focusOn } from "../parts/task-grid";
import { Skeleton } from "../parts/states";
import { NothingToDo } from "../parts/nothing-to-do";
import { SelectionBar } from "../parts/selection-bar";
import { go, link } from "../router";
import { undoLast, want } from "../store/actions";
import { chosen, current, markAll, markUpTo, marked, step, toggle } from "../store/marks";
import { failure, heldBack, hold, reload, state, take, tasks } from "../store/queue";
import type { Verb } from "../types";
import { listed } from "../wording";

export function QueuePage() {
  useQueueKeys();
  return (
    <section class="page queue" aria-label="Queue">
      <PageTitle unseen>Queue</PageTitle>
      <QueueTools />
      {failure.value && state.value === "ready" && (
        <p class="notice bad" role="alert">
          {failure.value}
        </p>
      )}
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
  return tasks.value.length === 0 ? <NothingToDo /> : <TaskGrid />;
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

/** Take in what is new; where the keyboard's own row goes with it, the keyboard moves to the one that comes after. */
function takeKeepingPlace(): void {
  const after = step(1);
  take();
  const isGone = !tasks.peek().some((task) => task.id === current.peek());
  if (isGone && current.peek() !== null)
    setTimeout(() => focusOn(tasks.peek().some((task) => task.id === after) ? after : (tasks.peek()[0]?.id ?? null)));
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
