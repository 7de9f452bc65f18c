/** One task as a row of the queue: what a person needs to decide what to do next, on one line. */
import { useComputed } from "@preact/signals";
import { language } from "../preferences";
import { link, navigate } from "../router";
import { leaving } from "../store/queue";
import { focused, selected, selectUpTo, toggle } from "../store/selection";
import { now, relative } from "../time";
import type { Task } from "../types";
import { nameOf, verbLabel } from "../wording";
import { ChanceBadge, DeliveryBadge, HicBadge, PriorityBadge, StatusWord, TierBadge } from "./badges";
import { Icon } from "./icons";
import { SlaTimer } from "./sla-timer";

interface Props {
  task: Task;
  /** Its place among the rows, from 0. */
  place: number;
  /** Where it stands, in pixels from the first. */
  top: number;
  tabbable: boolean;
}

export function TaskRow({ task, place, top, tabbable }: Props) {
  const isSelected = useComputed(() => selected.value.has(task.id)).value;
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
      aria-selected={isSelected}
      tabIndex={tabbable ? 0 : -1}
      onFocus={() => (focused.value = task.id)}
      onClick={(event) => onRowClick(event, task.id)}
    >
      <span role="gridcell" class="cell-select">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          aria-label={`Select ${name}`}
          onClick={(event) => (event.shiftKey ? selectUpTo(task.id) : toggle(task.id))}
        />
      </span>
      <span role="gridcell">
        <PriorityBadge priority={task.priority} />
      </span>
      <span role="gridcell">
        <SlaTimer task={task} />
      </span>
      <span role="gridcell" class="cell-customer">
        <a href={link.customer(task.customer)} tabIndex={-1} class="quiet" title={name}>
          {name}
        </a>
        <TierBadge tier={task.tier} />
        {task.hic && <HicBadge because={task.hic_because} />}
        <ChanceBadge chance={task.chance} />
      </span>
      <span role="gridcell" class="cell-what" lang={language.value}>
        <a href={link.task(task.id)} tabIndex={-1} class="quiet" title={`${name} ${task.sentence}`}>
          {task.sentence}
        </a>
        <span class="next-step">{task.next_step}</span>
      </span>
      <span role="gridcell" class="cell-status">
        <RowStatus task={task} />
      </span>
      <span role="gridcell" class="cell-notified">
        <DeliveryBadge delivery={task.delivery} />
      </span>
      <span role="gridcell" class="cell-owner" title={task.owner}>
        {task.owner}
      </span>
    </div>
  );
}

/** The status; while a command waits for its decision, that it was sent, and by whom. */
function RowStatus({ task }: { task: Task }) {
  const pending = task.pending;
  if (!pending) return <StatusWord status={task.status} task={task} />;
  const since = relative(Date.parse(pending.at), now.value);
  return (
    <span class="pending" data-state="sent" title={`${pending.actor} asked to ${pending.verb} ${since}; the decision is not here yet`}>
      <Icon name="wait" />
      {verbLabel(pending.verb).toLowerCase()} sent
    </span>
  );
}

/** A click anywhere in the row opens the task; on a link or box it does what that does. */
function onRowClick(event: MouseEvent, id: string): void {
  const target = event.target as Element;
  if (target.closest("a, input, button") || getSelection()?.isCollapsed === false) return;
  if (target.closest(".cell-select")) toggle(id);
  else navigate(link.task(id));
}
