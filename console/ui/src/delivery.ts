/** What became of deliveries, in the words of the board: the console sends the outcome as handlers record it. */
import type { IconName } from "./components/icons";
import { inWords } from "./wording";

export type DeliveryState = "notified" | "waiting" | "failed" | "unsent";

export const DELIVERY_ICONS: Record<DeliveryState, IconName> = {
  notified: "notified",
  waiting: "wait",
  failed: "failed",
  unsent: "unsent",
};

/** Each outcome as handlers record it, with its state, and how it reads after the destination's name. */
const OUTCOMES: Record<string, { state: DeliveryState; text: string }> = {
  delivered: { state: "notified", text: "was notified" },
  failed: { state: "waiting", text: "failed, will be retried" },
  held: { state: "waiting", text: "is on hold: the destination is failing" },
  refused: { state: "failed", text: "rejected the message" },
  given_up: { state: "failed", text: "failed, no more retries" },
  unrouted: { state: "failed", text: "has no destination configured" },
  suppressed: { state: "unsent", text: "was not notified" },
};

export function deliveryState(outcome: string): DeliveryState {
  return OUTCOMES[outcome]?.state ?? "unsent";
}

/** "slack-desk was notified" */
export function deliveryText(destination: string, outcome: string): string {
  return `${destination} ${OUTCOMES[outcome]?.text ?? inWords(outcome)}`;
}
