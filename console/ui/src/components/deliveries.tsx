/** Delivery attempts: each one, to which destination, and what became of it. */

import { DELIVERY_ICONS, deliveryState, deliveryText } from "../delivery";
import { label } from "../labels";
import { coarseNow } from "../time";
import type { Delivery } from "../types";
import { capitalize } from "../wording";
import { Icon } from "./icons";
import { When } from "./when";

export function Deliveries({ deliveries }: { deliveries: readonly Delivery[] }) {
  if (deliveries.length === 0) return <p class="muted">Nobody was notified of this yet.</p>;
  return (
    <ul class="deliveries">
      {[...deliveries].reverse().map((one) => (
        <Attempt key={one.id} attempt={one} />
      ))}
    </ul>
  );
}

function Attempt({ attempt }: { attempt: Delivery }) {
  const state = deliveryState(attempt.outcome);
  return (
    <li class={`delivery-${state}`} data-state={state}>
      <Icon name={DELIVERY_ICONS[state]} />
      <p>
        <strong>{deliveryText(attempt.destination, attempt.outcome)}</strong>
        <span class="muted">
          {attempt.attempt > 1 && `, attempt ${attempt.attempt}`}
          {attempt.channel && ` by ${label("channel", attempt.channel)}`}, <When at={attempt.at} />
        </span>
        <br />
        <span class="muted">
          {attempt.kind && `${capitalize(label("notice", attempt.kind))}: `}
          {attempt.detail}
          {state === "waiting" && attempt.next_at && Date.parse(attempt.next_at) > coarseNow.value && (
            <>
              ; next attempt <When at={attempt.next_at} />
            </>
          )}
        </span>
      </p>
    </li>
  );
}
