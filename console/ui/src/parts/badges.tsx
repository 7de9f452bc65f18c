/** Small marks that stand for one word: priority, tier, high-impact, status, level, and whether people were told. */
import { calmNow, exact, relative } from "../time";
import type { LastDelivery, Level, Priority, Status, Tier } from "../types";
import { truthOf } from "../wording";
import { Icon, type IconName } from "./icons";

export function PriorityBadge({ priority }: { priority: Priority }) {
  return <span class={`priority ${priority}`}>{priority}</span>;
}

export function TierBadge({ tier }: { tier: Tier }) {
  const says = tier === "unknown" ? "tier unknown" : `tier ${tier}`;
  return (
    <span class={`tier tier-${tier}`} title={says}>
      <span class="unseen">{says}</span>
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
  verified: "told",
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

const TRUTHS: Record<ReturnType<typeof truthOf>, { icon: IconName; says: string }> = {
  told: { icon: "told", says: "told" },
  waiting: { icon: "wait", says: "waiting" },
  failed: { icon: "failed", says: "not told" },
  silent: { icon: "silent", says: "not sent" },
};

/** Whether people were told: what became of the last attempt. */
export function Truth({ delivery }: { delivery: LastDelivery | null }) {
  if (!delivery)
    return (
      <span class="truth truth-silent" title="Nobody was told yet">
        <Icon name="silent" />
        <span class="unseen">nobody was told yet</span>
      </span>
    );
  const truth = truthOf(delivery.outcome);
  const at = Date.parse(delivery.at);
  const sentence = `${delivery.destination} ${delivery.outcome}, ${relative(at, calmNow.value)} (${exact(at)})`;
  return (
    <span class={`truth truth-${truth}`} data-state={truth} title={sentence}>
      <Icon name={TRUTHS[truth].icon} />
      <span class="unseen">
        {TRUTHS[truth].says}: {delivery.destination}
      </span>
    </span>
  );
}
