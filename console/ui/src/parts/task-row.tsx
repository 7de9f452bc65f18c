/** One task as a row of the queue: everything one needs to decide what to do next, on one line. */
import { useComputed } from "@preact/signals";
import { go, link } from "../router";
import { current, marked, markUpTo, toggle } from "../store/marks";
import { leaving } from "../store/queue";
import { relative, now } from "../time";
import type { Task } from "../types";
import { VERBS, nameOf, withoutCustomer } from "../wording";
import { HicBadge, PriorityBadge, StatusWord, TierBadge, Truth } from "./badges";
import { SlaClock } from "./clock";
import { Icon } from "./icons";

interface Props {
  task: Task;
  /** Its place among the rows, from 0. */
  place: number;
  /** Where it stands, in pixels from the first. */
  top: number;
  tabbable: boolean;
}

export function TaskRow({ task, place, top, tabbable }: Props) {
  const isMarked = useComputed(() => marked.value.has(task.id)).value;
  const isLeaving = useComputed(() => leaving.value.has(task.id)).value;
  const name = nameOf(task);
  return (
    <div
      role="row"
      class={`row task ${task.priority} ${isLeaving ? "leaving" : ""}`}
      style={{ top: `${top}px` }}
      data-task={task.id}
      data-status={task.status}
      aria-rowindex={place + 2}
      aria-selected={isMarked}
      tabIndex={tabbable ? 0 : -1}
      onFocus={() => (current.value = task.id)}
      onClick={(event) => click(event, task.id)}
    >
      <span role="gridcell" class="cell-mark">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isMarked}
          aria-label={`Mark ${name}`}
          onClick={(event) => (event.shiftKey ? markUpTo(task.id) : toggle(task.id))}
        />
      </span>
      <span role="gridcell">
        <PriorityBadge priority={task.priority} />
      </span>
      <span role="gridcell">
        <SlaClock task={task} />
      </span>
      <span role="gridcell" class="cell-customer">
        <a href={link.customer(task.customer)} tabIndex={-1} class="quiet" title={name}>
          {name}
        </a>
        <TierBadge tier={task.tier} />
        {task.hic && <HicBadge />}
      </span>
      <span role="gridcell" class="cell-what">
        <a href={link.task(task.id)} tabIndex={-1} class="quiet" title={task.sentence}>
          {withoutCustomer(task.sentence, name)}
        </a>
        <span class="next-step">{task.next_step}</span>
      </span>
      <span role="gridcell" class="cell-status">
        <RowStatus task={task} />
      </span>
      <span role="gridcell" class="cell-told">
        <Truth delivery={task.delivery} />
      </span>
      <span role="gridcell" class="cell-owner" title={task.owner}>
        {task.owner}
      </span>
    </div>
  );
}

/** The status; while a command waits for its decision, that it was sent, and by whom. */
function RowStatus({ task }: { task: Task }) {
  const waits = task.pending;
  if (!waits) return <StatusWord status={task.status} />;
  const since = relative(Date.parse(waits.at), now.value);
  return (
    <span class="pending" data-state="sent" title={`${waits.actor} asked to ${waits.verb} ${since}; the decision is not here yet`}>
      <Icon name="wait" />
      {VERBS[waits.verb].ask.toLowerCase()} sent
    </span>
  );
}

/** A click anywhere in the row opens the task; on a link or box it does what that does. */
function click(event: MouseEvent, id: string): void {
  const target = event.target as Element;
  if (target.closest("a, input, button") || getSelection()?.isCollapsed === false) return;
  if (target.closest(".cell-mark")) toggle(id);
  else go(link.task(id));
}
