/** Badges that stand for one word: priority, tier, high-impact, status, level, and whether people were notified. */

import { DELIVERY_ICONS, type DeliveryState, deliveryState, deliveryText } from "../delivery";
import { label } from "../labels";
import { coarseNow, exact, relative } from "../time";
import type { LastDelivery, Level, Priority, Status, Task, Tier } from "../types";
import { actorName, percent } from "../wording";
import { Icon, type IconName } from "./icons";

export function PriorityBadge({ priority }: { priority: Priority }) {
  return <span class={`priority ${priority}`}>{priority}</span>;
}

export function TierBadge({ tier }: { tier: Tier }) {
  const label = tier === "unknown" ? "tier unknown" : `tier ${tier}`;
  return (
    <span class={`tier tier-${tier}`} title={label}>
      <span class="visually-hidden">{label}</span>
      <span aria-hidden="true">{tier === "unknown" ? "?" : tier}</span>
    </span>
  );
}

export function HicBadge({ because }: { because?: string | null }) {
  return (
    <span class="hic" title={`High-impact customer${because ? `: ${because}` : ""}`}>
      HIC
    </span>
  );
}

const STATUS_ICONS: Record<Status, IconName> = {
  open: "dot",
  regressed: "repeat",
  acknowledged: "person",
  contacted: "phone",
  snoozed: "moon",
  resolved: "check",
  verified: "notified",
  dismissed: "close",
};

/** The status; `task` tells who brought it there, and when. */
export function StatusWord({ status, task }: { status: Status; task?: Pick<Task, "moved_at" | "moved_by"> }) {
  const since = task && `${label("status", status)} by ${actorName(task.moved_by)}, ${exact(Date.parse(task.moved_at))}`;
  return (
    <span class={`status status-${status}`} title={since}>
      <Icon name={STATUS_ICONS[status] ?? "dot"} />
      {label("status", status)}
    </span>
  );
}

/** The customer's chance of leaving; nothing where there is none to speak of. */
export function ChanceBadge({ chance }: { chance: number }) {
  if (chance < 0.005) return null;
  return (
    <span class="chance muted" title={`Chance of leaving: ${percent(chance)}`}>
      {percent(chance)}
      <span class="visually-hidden"> chance of leaving</span>
    </span>
  );
}

const BARS: Record<Level, number> = { watch: 1, warning: 2, critical: 3 };

/** The level of an alert, as a word and as one to three bars. */
export function LevelBadge({ level }: { level: Level }) {
  return (
    <span class={`level level-${level}`}>
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        {[1, 2, 3].map((bar) => (
          <rect
            key={bar}
            x={bar * 4 - 1.5}
            y={13 - bar * 3.4}
            width="2.6"
            height={bar * 3.4}
            class={bar <= (BARS[level] ?? 0) ? "on" : "off"}
          />
        ))}
      </svg>
      {label("level", level)}
    </span>
  );
}

const DELIVERY_WORDS: Record<DeliveryState, string> = {
  notified: "notified",
  waiting: "waiting",
  failed: "not notified",
  unsent: "not sent",
};

/** Whether people were notified: what became of the last attempt. */
export function DeliveryBadge({ delivery }: { delivery: LastDelivery | null }) {
  if (!delivery)
    return (
      <span class="delivery delivery-unsent" title="Nobody was notified yet">
        <Icon name="unsent" />
        <span class="visually-hidden">nobody was notified yet</span>
      </span>
    );
  const state = deliveryState(delivery.outcome);
  const at = Date.parse(delivery.at);
  const sentence = `${deliveryText(delivery.destination, delivery.outcome)}, ${relative(at, coarseNow.value)} (${exact(at)})`;
  return (
    <span class={`delivery delivery-${state}`} data-state={state} title={sentence}>
      <Icon name={DELIVERY_ICONS[state]} />
      <span class="visually-hidden">
        {DELIVERY_WORDS[state]}: {delivery.destination}
      </span>
    </span>
  );
}
