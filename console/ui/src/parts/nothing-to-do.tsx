/** An empty queue, and what that means: nothing open, nothing that fits, or nothing that could have come in. */
import { go } from "../router";
import { silentSince } from "../live";
import { filter, lastEventAt } from "../store/queue";
import { calmNow, clockTime, relative } from "../time";
import { listed } from "../wording";
import { Empty } from "./states";

export function NothingToDo() {
  const { view, priority, tier, cause, status, owner, q } = filter.value;
  const others = [...tier.map((one) => `tier ${one}`), ...cause, ...status, ...owner];
  const what = priority.length ? listed(priority) : view === "open" ? "open task" : view === "closed" ? "closed task" : "task";
  const narrowed = others.length > 0 || q !== "";
  return (
    <Empty title={`No ${what}${narrowed ? " that fits" : ""}.`}>
      <p>{lately()}</p>
      {q && <p>Searched for “{q}” in customers, sentences, owners and ids.</p>}
      {(narrowed || priority.length > 0) && (
        <button type="button" class="button" onClick={() => go("/", { replace: true })}>
          Show all open tasks
        </button>
      )}
    </Empty>
  );
}

function lately(): string {
  if (silentSince.value !== null) return `The board is not live since ${clockTime(silentSince.value)}: there may be some by now.`;
  const at = lastEventAt.value;
  return at === null ? "No event has come in yet." : `Last event ${relative(Date.parse(at), calmNow.value)}.`;
}
