/** The rows of the queue. Only those in view are on the page, however many there are; each keeps its element while it is. */
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { density } from "../choices";
import { hasWalked } from "../router";
import { current, markAll, marked, step, toggle } from "../store/marks";
import { hasMore, hold, loadingMore, more, summary, tasks } from "../store/queue";
import type { Task } from "../types";
import { many } from "../wording";
import { TaskRow } from "./task-row";

/** The height of a row in pixels, line below it included. */
const HEIGHTS = { compact: 28, comfortable: 52 };
/** So many rows beyond the view are on the page, too. */
const BEYOND = 12;
const COLUMNS_HEIGHT = 26;

const height = computed(() => HEIGHTS[density.value]);
const scrolled = signal(0);
const viewed = signal(720);

interface Placed {
  task: Task;
  place: number;
}

/** The rows in view, and the one that the keyboard is on, wherever that is. */
const inView = computed<Placed[]>(() => {
  const first = Math.max(0, Math.floor(scrolled.value / height.value) - BEYOND);
  const last = Math.ceil((scrolled.value + viewed.value) / height.value) + BEYOND;
  const placed = tasks.value.slice(first, last).map((task, at) => ({ task, place: first + at }));
  const at = tasks.value.findIndex((task) => task.id === current.value);
  const own = tasks.value[at];
  if (!own || (at >= first && at < last)) return placed;
  return at < first ? [{ task: own, place: at }, ...placed] : [...placed, { task: own, place: at }];
});

export function TaskGrid() {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = list.current;
    if (!box) return undefined;
    box.scrollTop = scrolled.peek(); // as it was left
    const id = current.peek();
    const nowhere = document.activeElement === document.body || document.activeElement?.tagName === "H1";
    if (id && nowhere && hasWalked()) rowOf(id)?.focus({ preventScroll: true }); // back from its page
    const sized = new ResizeObserver(() => (viewed.value = box.clientHeight));
    sized.observe(box);
    return () => sized.disconnect();
  }, []);
  const tabbable = current.value ?? tasks.value[0]?.id;
  return (
    <div class="list" ref={list} onScroll={(event) => (scrolled.value = event.currentTarget.scrollTop)} onKeyDown={arrows}>
      <div
        role="grid"
        aria-label="Tasks"
        aria-multiselectable="true"
        aria-rowcount={(summary.value?.total ?? 0) + 1}
        style={{ "--row": `${height.value}px` }}
      >
        <Columns />
        <div role="rowgroup" class="rows" style={{ height: `${tasks.value.length * height.value}px` }}>
          {inView.value.map(({ task, place }) => (
            <TaskRow key={task.id} task={task} place={place} top={place * height.value} tabbable={tabbable === task.id} />
          ))}
        </div>
      </div>
      {hasMore.value && <More />}
    </div>
  );
}

function Columns() {
  const all = tasks.value.length > 0 && marked.value.size >= tasks.value.length && tasks.value.every((task) => marked.value.has(task.id));
  return (
    <div role="rowgroup" class="columns">
      <div role="row" class="row head" aria-rowindex={1}>
        <span role="columnheader">
          <input type="checkbox" aria-label="Mark all that are shown" checked={all} onChange={() => markAll(!all)} />
        </span>
        <span role="columnheader" aria-label="Priority" title="Priority">
          Pr
        </span>
        <span role="columnheader">Clock</span>
        <span role="columnheader">Customer</span>
        <span role="columnheader">What happened</span>
        <span role="columnheader">Status</span>
        <span role="columnheader" title="Whether people were told">
          Told
        </span>
        <span role="columnheader">Owner</span>
      </div>
    </div>
  );
}

/** The end of what is loaded: comes into view, brings more. */
function More() {
  const end = useRef<HTMLButtonElement>(null);
  const count = tasks.value.length;
  useEffect(() => {
    // anew after each page: one that does not fill the view is followed by the next
    const root = end.current?.closest(".list") ?? null;
    const watcher = new IntersectionObserver((seen) => seen[0]?.isIntersecting && void more(), { root, rootMargin: "800px" });
    if (end.current) watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [count]);
  return (
    <button type="button" class="more" ref={end} onClick={() => void more()}>
      {loadingMore.value ? "Loading more" : `Load more of ${many(summary.value?.total ?? 0, "task")}`}
    </button>
  );
}

// -- the keyboard ------------------------------------------------------------------------------------------------------------

const rowOf = (id: string) => document.querySelector<HTMLElement>(`[data-task="${CSS.escape(id)}"]`);

/** Move the keyboard to a row, and the row into view. */
export function focusOn(id: string | null): void {
  if (id === null) return;
  current.value = id;
  const place = tasks.peek().findIndex((task) => task.id === id);
  bringIntoView(place);
  if (place > tasks.peek().length - BEYOND) void more();
  const row = rowOf(id);
  if (row) return row.focus({ preventScroll: true });
  hold("moving", true); // the row is about to be drawn: nothing moves meanwhile
  setTimeout(() => {
    bringIntoView(place); // again: a list that has just grown was not so long before
    if (current.peek() === id) rowOf(id)?.focus({ preventScroll: true }); // else the keyboard is further on already
    hold("moving", false);
  });
}

function bringIntoView(place: number): void {
  const list = document.querySelector(".list");
  if (!list || place < 0) return;
  const top = place * height.peek();
  const room = list.clientHeight - COLUMNS_HEIGHT - height.peek();
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top > list.scrollTop + room) list.scrollTop = top - room;
}

const ARROWS: Record<string, (page: number) => string | null> = {
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
  if (walk) focusOn(walk(Math.floor(viewed.peek() / height.peek()) - 2));
  else if (row.dataset.task) toggle(row.dataset.task);
}
