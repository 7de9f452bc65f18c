/** The buttons for one task: what its life cycle allows now, each with its key. */
import { me } from "../api";
import { keyOf } from "../shortcuts";
import { denialReason, requestAction } from "../store/actions";
import type { Task } from "../types";
import { allowedVerbs, VERBS } from "../wording";

export function TaskActions({ task }: { task: Task }) {
  const verbs = allowedVerbs(task);
  const why = me.value && denialReason(1);
  if (verbs.length === 0) return null;
  if (why) return <p class="muted">{why}</p>;
  return (
    <div class="actions" role="toolbar" aria-label="Act on this task">
      {verbs.map((verb, place) => (
        <button key={verb} type="button" class={place === 0 ? "button primary" : "button"} onClick={() => requestAction(verb, [task])}>
          {VERBS[verb].label}
          <kbd>{keyOf(verb)}</kbd>
        </button>
      ))}
    </div>
  );
}
