/** The SLA clock of a task on the page: a shape, an icon and words for each of its five states; it ticks by itself. */
import { useComputed } from "@preact/signals";
import { type SlaFields, type SlaState, slaClock } from "../sla";
import { now } from "../time";

export function SlaTimer({ task, large }: { task: SlaFields; large?: boolean }) {
  const clock = useComputed(() => slaClock(task, now.value));
  const short = useComputed(() => clock.value.short);
  const state = useComputed(() => clock.value.state);
  const long = useComputed(() => clock.value.long);
  const when = useComputed(() => clock.value.when);
  const left = useComputed(() => Math.round(clock.value.left * 24) / 24);
  return (
    <span class={large ? "clock large" : "clock"} data-state={state} title={long}>
      <StateIcon state={state.value} left={left.value} />
      <span class="clock-text">{short}</span>
      {large && <span class="clock-long">{when}</span>}
      {!large && <span class="visually-hidden">{STATE_TEXT[state.value]}</span>}
    </span>
  );
}

const STATE_TEXT: Record<SlaState, string> = {
  plenty: " left: plenty of time",
  soon: " left: due soon",
  "very-soon": " left: due very soon",
  breached: ": overdue",
  stopped: ": SLA clock stopped",
};

/** Plenty: a ring with what is left. Soon: a half-filled disc. Very soon: a triangle. Breached: a full octagon. Stopped: two bars. */
function StateIcon({ state, left }: { state: SlaState; left: number }) {
  return (
    <svg class="icon face" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {STATE_ICONS[state](left)}
    </svg>
  );
}

const CIRCUMFERENCE = 2 * Math.PI * 5.5;

const STATE_ICONS: Record<SlaState, (left: number) => preact.JSX.Element> = {
  plenty: (left) => (
    <>
      <circle cx="8" cy="8" r="5.5" class="faint" />
      <circle cx="8" cy="8" r="5.5" stroke-dasharray={`${CIRCUMFERENCE * left} ${CIRCUMFERENCE}`} transform="rotate(-90 8 8)" />
    </>
  ),
  soon: () => (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path class="full" d="M8 2.5a5.5 5.5 0 0 1 0 11Z" />
    </>
  ),
  "very-soon": () => (
    <>
      <path d="M8 2 14.5 13.5h-13Z" />
      <path d="M8 6.4v3.2M8 11.3v.4" />
    </>
  ),
  breached: () => (
    <>
      <path class="full" d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3Z" />
      <path class="cutout" d="M8 4.6v4M8 11v.4" />
    </>
  ),
  stopped: () => <path d="M5.5 3.5v9M10.5 3.5v9" />,
};
