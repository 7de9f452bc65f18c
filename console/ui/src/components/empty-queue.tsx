/** An empty queue, and what that means: nothing open, nothing that fits, or nothing that could have come in. */

import { label } from "../labels";
import { silentSince } from "../live-stream";
import { navigate } from "../router";
import { filter, lastEventText } from "../store/queue";
import { clockTime } from "../time";
import { joinWords } from "../wording";
import { EmptyState } from "./page-states";

export function EmptyQueue() {
  const { view, priority, tier, cause, status, owner, q } = filter.value;
  const others = [
    ...tier.map((one) => `tier ${one}`),
    ...cause.map((one) => label("cause", one)),
    ...status.map((one) => label("status", one)),
    ...owner,
  ];
  const what = priority.length ? joinWords(priority) : view === "open" ? "open task" : view === "closed" ? "closed task" : "task";
  const narrowed = others.length > 0 || q !== "";
  return (
    <EmptyState title={`No ${what}${narrowed ? " that fits" : ""}.`}>
      <p>{freshnessText()}</p>
      {q && <p>Searched for “{q}” in customers, sentences, owners and ids.</p>}
      {(narrowed || priority.length > 0) && (
        <button type="button" class="button" onClick={() => navigate("/", { replace: true })}>
          Show all open tasks
        </button>
      )}
    </EmptyState>
  );
}

function freshnessText(): string {
  if (silentSince.value === null) return lastEventText();
  return `The board is not live since ${clockTime(silentSince.value)}: there may be some by now.`;
}
