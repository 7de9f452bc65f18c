/** The truth about telling people: every attempt, to whom, and what became of it. */
import { calmNow } from "../time";
import type { Delivery } from "../types";
import { truthOf } from "../wording";
import { Icon, type IconName } from "./icons";
import { When } from "./when";

const ICONS: Record<ReturnType<typeof truthOf>, IconName> = { told: "told", waiting: "wait", failed: "failed", silent: "silent" };

export function Deliveries({ deliveries }: { deliveries: readonly Delivery[] }) {
  if (deliveries.length === 0) return <p class="muted">Nobody was told about this yet.</p>;
  return (
    <ul class="deliveries">
      {[...deliveries].reverse().map((one) => (
        <Attempt key={one.id} attempt={one} />
      ))}
    </ul>
  );
}

function Attempt({ attempt }: { attempt: Delivery }) {
  const truth = truthOf(attempt.outcome);
  return (
    <li class={`truth-${truth}`} data-state={truth}>
      <Icon name={ICONS[truth]} />
      <p>
        <strong>{attempt.destination}</strong> {attempt.outcome}
        <span class="muted">
          {attempt.attempt > 1 && `, attempt ${attempt.attempt}`}
          {attempt.channel && ` by ${attempt.channel}`}, <When at={attempt.at} />
        </span>
        <br />
        <span class="muted">
          {notice(attempt.notice)}: {attempt.detail}
          {truth === "waiting" && attempt.next_at && Date.parse(attempt.next_at) > calmNow.value && (
            <>
              ; again <When at={attempt.next_at} />
            </>
          )}
        </span>
      </p>
    </li>
  );
}

/** "T-9d16-1-task-raised" is about "task raised". */
function notice(id: string): string {
  return id.replace(/^[A-Z]+-[^-]+-\d+-/, "").replaceAll("-", " ");
}
