/** What became of deliveries, in the words of the board: the console sends the outcome as handlers record it. */
import type { IconName } from "./components/icons";

export type DeliveryState = "notified" | "waiting" | "failed" | "unsent";

export const DELIVERY_ICONS: Record<DeliveryState, IconName> = {
  notified: "notified",
  waiting: "wait",
  failed: "failed",
  unsent: "unsent",
};

/** Each outcome as it is sent, with its state, and how it reads after the destination's name. */
const OUTCOMES: Record<string, { state: DeliveryState; text: string }> = {
  "took it": { state: "notified", text: "was notified" },
  "failed, will be tried again": { state: "waiting", text: "failed, will be retried" },
  "is held back while the destination is unwell": { state: "waiting", text: "is on hold: the destination is failing" },
  "refused it for good": { state: "failed", text: "rejected the message" },
  "was given up": { state: "failed", text: "failed, no more retries" },
  "has no destination": { state: "failed", text: "has no destination configured" },
  "was not told: it happened before the time from which people are told": {
    state: "unsent",
    text: "was not notified: it happened before notifications were switched on",
  },
};

export function deliveryState(outcome: string): DeliveryState {
  return OUTCOMES[outcome]?.state ?? "unsent";
}

/** "slack-desk was notified" */
export function deliveryText(destination: string, outcome: string): string {
  return `${destination} ${OUTCOMES[outcome]?.text ?? outcome}`;
}

/** The title of a delivery in a timeline, which ends with its outcome. */
export function deliveryTitle(title: string): string {
  const outcome = Object.keys(OUTCOMES).find((known) => title.endsWith(` ${known}`));
  return outcome ? deliveryText(title.slice(0, -outcome.length - 1), outcome) : title;
}
