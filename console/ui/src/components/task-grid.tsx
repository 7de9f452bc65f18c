/** The rows of the queue. Only those in view are on the page, however many there are; each keeps its element while it is. */
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { density } from "../preferences";
import { hasNavigated } from "../router";
import { freeze, hasMore, isLoadingMore, loadMore, summary, tasks } from "../store/queue";
import { focused, idAtOffset, selectAll, selected, toggle } from "../store/selection";
import type { Task } from "../types";
import { plural } from "../wording";
import { TaskRow } from "./task-row";

/** The height of a row in pixels, line below it included. */
const ROW_HEIGHTS = { compact: 28, comfortable: 52 };
/** Rows that are rendered beyond each end of the viewport. */
const OVERSCAN = 12;
const HEADER_HEIGHT = 26;

const rowHeight = computed(() => ROW_HEIGHTS[density.value]);
const scrollTop = signal(0);
const viewportHeight = signal(720);

interface RowAt {
  task: Task;
  place: number;
}

/** The rows in the viewport, and the focused one, wherever that is. */
const visibleRows = computed<RowAt[]>(() => {
  const first = Math.max(0, Math.floor(scrollTop.value / rowHeight.value) - OVERSCAN);
  const last = Math.ceil((scrollTop.value + viewportHeight.value) / rowHeight.value) + OVERSCAN;
  const placed = tasks.value.slice(first, last).map((task, at) => ({ task, place: first + at }));
  const at = tasks.value.findIndex((task) => task.id === focused.value);
  const own = tasks.value[at];
  if (!own || (at >= first && at < last)) return placed;
  return at < first ? [{ task: own, place: at }, ...placed] : [...placed, { task: own, place: at }];
});

export function TaskGrid() {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = list.current;
    if (!box) return undefined;
    box.scrollTop = scrollTop.peek(); // as it was left
    const id = focused.peek();
    const hasNoFocus = document.activeElement === document.body || document.activeElement?.tagName === "H1";
    if (id && hasNoFocus && hasNavigated()) rowElement(id)?.focus({ preventScroll: true }); // back from its page
    const resize = new ResizeObserver(() => (viewportHeight.value = box.clientHeight));
    resize.observe(box);
    return () => resize.disconnect();
  }, []);
  const tabbable = focused.value ?? tasks.value[0]?.id;
  return (
    <div class="list" ref={list} onScroll={(event) => (scrollTop.value = event.currentTarget.scrollTop)} onKeyDown={onGridKeyDown}>
      <div
        role="grid"
        aria-label="Tasks"
        aria-multiselectable="true"
        aria-rowcount={(summary.value?.total ?? 0) + 1}
        style={{ "--row": `${rowHeight.value}px` }}
      >
        <ColumnHeaders />
        <div role="rowgroup" class="rows" style={{ height: `${tasks.value.length * rowHeight.value}px` }}>
          {visibleRows.value.map(({ task, place }) => (
            <TaskRow key={task.id} task={task} place={place} top={place * rowHeight.value} tabbable={tabbable === task.id} />
          ))}
        </div>
      </div>
      {hasMore.value && <LoadMore />}
    </div>
  );
}

function ColumnHeaders() {
  const all =
    tasks.value.length > 0 && selected.value.size >= tasks.value.length && tasks.value.every((task) => selected.value.has(task.id));
  return (
    <div role="rowgroup" class="columns">
      <div role="row" class="row head" aria-rowindex={1}>
        <span role="columnheader">
          <input type="checkbox" aria-label="Select all that are shown" checked={all} onChange={() => selectAll(!all)} />
        </span>
        <span role="columnheader" aria-label="Priority" title="Priority">
          Pr
        </span>
        <span role="columnheader" title="Time left to answer the customer">
          SLA
        </span>
        <span role="columnheader">
          Customer <span class="legend">HIC: high-impact customer</span>
        </span>
        <span role="columnheader">What happened</span>
        <span role="columnheader">Status</span>
        <span role="columnheader" title="Whether people were notified">
          Notified
        </span>
        <span role="columnheader">Owner</span>
      </div>
    </div>
  );
}

/** The end of what is loaded: comes into view, brings more. */
function LoadMore() {
  const end = useRef<HTMLButtonElement>(null);
  const count = tasks.value.length;
  useEffect(() => {
    // anew after each page: one that does not fill the view is followed by the next
    const root = end.current?.closest(".list") ?? null;
    const observer = new IntersectionObserver((seen) => seen[0]?.isIntersecting && void loadMore(), { root, rootMargin: "800px" });
    if (end.current) observer.observe(end.current);
    return () => observer.disconnect();
  }, [count]);
  return (
    <button type="button" class="more" ref={end} onClick={() => void loadMore()}>
      {isLoadingMore.value ? "Loading more" : `Load more of ${plural(summary.value?.total ?? 0, "task")}`}
    </button>
  );
}

// -- the keyboard ------------------------------------------------------------------------------------------------------------

const rowElement = (id: string) => document.querySelector<HTMLElement>(`[data-task="${CSS.escape(id)}"]`);

/** Move the focus to a row, and the row into view. */
export function focusRow(id: string | null): void {
  if (id === null) return;
  focused.value = id;
  const place = tasks.peek().findIndex((task) => task.id === id);
  scrollIntoView(place);
  if (place > tasks.peek().length - OVERSCAN) void loadMore();
  const row = rowElement(id);
  if (row) {
    row.focus({ preventScroll: true });
    return;
  }
  freeze("scrolling", true); // the row is about to be drawn: nothing moves meanwhile
  setTimeout(() => {
    scrollIntoView(place); // again: a list that has just grown was not so long before
    if (focused.peek() === id) rowElement(id)?.focus({ preventScroll: true }); // else the focus has moved on already
    freeze("scrolling", false);
  });
}

function scrollIntoView(place: number): void {
  const list = document.querySelector(".list");
  if (!list || place < 0) return;
  const top = place * rowHeight.peek();
  const room = list.clientHeight - HEADER_HEIGHT - rowHeight.peek();
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top > list.scrollTop + room) list.scrollTop = top - room;
}

const ARROW_KEYS: Record<string, (page: number) => string | null> = {
  ArrowDown: () => idAtOffset(1),
  ArrowUp: () => idAtOffset(-1),
  PageDown: (page) => idAtOffset(page),
  PageUp: (page) => idAtOffset(-page),
  Home: () => idAtOffset(-Infinity),
  End: () => idAtOffset(Infinity),
};

/** In a row the arrow keys move and the space bar selects, also where single keys are switched off. */
function onGridKeyDown(event: KeyboardEvent): void {
  const row = event.target as HTMLElement;
  if (!row.matches("[data-task]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = ARROW_KEYS[event.key];
  if (!target && event.key !== " ") return;
  event.preventDefault();
  if (target) focusRow(target(Math.floor(viewportHeight.peek() / rowHeight.peek()) - 2));
  else if (row.dataset.task) toggle(row.dataset.task);
}
