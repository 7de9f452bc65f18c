/** Badges that stand for one word: priority, tier, high-impact, status, level, and whether people were notified. */

import { DELIVERY_ICONS, type DeliveryState, deliveryState, deliveryText } from "../delivery";
import { coarseNow, exact, relative } from "../time";
import type { LastDelivery, Level, Priority, Status, Tier } from "../types";
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

export function StatusWord({ status }: { status: Status }) {
  return (
    <span class={`status status-${status}`}>
      <Icon name={STATUS_ICONS[status]} />
      {status}
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
          <rect key={bar} x={bar * 4 - 1.5} y={13 - bar * 3.4} width="2.6" height={bar * 3.4} class={bar <= BARS[level] ? "on" : "off"} />
        ))}
      </svg>
      {level}
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
