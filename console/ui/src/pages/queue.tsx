/** The queue: open tasks by time to breach within priority, worked by keyboard or pointer. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { EmptyQueue } from "../components/empty-queue";
import { MissingFeeds } from "../components/missing-feeds";
import { Skeleton } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { QueueToolbar } from "../components/queue-toolbar";
import { SelectionBar } from "../components/selection-bar";
import { focusRow, TaskGrid } from "../components/task-grid";
import { link, navigate } from "../router";
import { useShortcuts } from "../shortcuts";
import { requestAction, undoLast } from "../store/actions";
import { applyPending, failure, freeze, pendingChanges, reload, state, tasks } from "../store/queue";
import { focused, idAtOffset, selectAll, selected, selectedOrFocused, selectUpTo, toggle } from "../store/selection";
import type { Verb } from "../types";
import { joinWords } from "../wording";

export function QueuePage() {
  useQueueShortcuts();
  return (
    <section class="page queue" aria-label="Queue">
      <PageTitle visuallyHidden>Queue</PageTitle>
      <QueueToolbar />
      <MissingFeeds />
      {failure.value && state.value === "ready" && (
        <p class="notice bad" role="alert">
          {failure.value}
        </p>
      )}
      <FreezeArea>
        <PendingChangesPill />
        <Body />
      </FreezeArea>
      <SelectionBar />
    </section>
  );
}

/** While the pointer or the focus is in here the rows are frozen: also on the way to the pill that applies the changes. */
function FreezeArea({ children }: { children: ComponentChildren }) {
  useEffect(() => {
    return () => {
      freeze("focus", false);
      freeze("pointer", false);
    };
  }, []);
  return (
    <div
      class="freeze-area"
      onPointerEnter={() => freeze("pointer", true)}
      onPointerLeave={() => freeze("pointer", false)}
      onFocusIn={() => freeze("focus", true)}
      onFocusOut={(event) => freeze("focus", event.currentTarget.contains(event.relatedTarget as Node | null))}
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
  return tasks.value.length === 0 ? <EmptyQueue /> : <TaskGrid />;
}

/** The changes that wait while somebody is working in the list. */
function PendingChangesPill() {
  const { added, moved, leaving } = pendingChanges.value;
  const parts = [added ? `${added} new` : "", moved ? `${moved} moved` : "", leaving ? `${leaving} done` : ""].filter(Boolean);
  return (
    <div class="pill-place" role="status">
      {parts.length > 0 && (
        <button
          type="button"
          class="pill"
          onClick={applyPendingKeepingFocus}
          title="The rows stay as they are until you show these changes"
        >
          {joinWords(parts)}
          <kbd>n</kbd>
        </button>
      )}
    </div>
  );
}

/** Apply pending changes; where the focused row leaves the list, the next one gets the focus. */
function applyPendingKeepingFocus(): void {
  const after = idAtOffset(1);
  applyPending();
  const isGone = !tasks.peek().some((task) => task.id === focused.peek());
  if (isGone && focused.peek() !== null)
    setTimeout(() => focusRow(tasks.peek().some((task) => task.id === after) ? after : (tasks.peek()[0]?.id ?? null)));
}

function useQueueShortcuts(): void {
  const act = (verb: Verb) => () => requestAction(verb, selectedOrFocused());
  const at = (what: (id: string) => void) => () => {
    const id = focused.peek() ?? idAtOffset(0);
    if (id) what(id);
  };
  useShortcuts({
    down: () => focusRow(idAtOffset(focused.peek() ? 1 : 0)),
    up: () => focusRow(idAtOffset(-1)),
    open: at((id) => navigate(link.task(id))),
    select: at(toggle),
    "select-range": at(selectUpTo),
    "apply-pending": applyPendingKeepingFocus,
    back: clearSelectionOrFocus,
    acknowledge: act("acknowledge"),
    contact: act("contact"),
    snooze: act("snooze"),
    resolve: act("resolve"),
    dismiss: act("dismiss"),
    undo: undoLast,
    search: () => document.querySelector<HTMLInputElement>("#search")?.select(),
  });
}

/** Escape: first the selection is cleared, then the focus leaves the list. */
function clearSelectionOrFocus(): void {
  if (selected.peek().size > 0) selectAll(false);
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
