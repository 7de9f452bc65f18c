/** The buttons for one task: what its life cycle allows now, each with its key. */
import { me } from "../api";
import { want, whyNot } from "../store/actions";
import type { Task, Verb } from "../types";
import { VERBS, allowed } from "../wording";

export const KEY_OF: Record<Exclude<Verb, "undo">, string> = { acknowledge: "a", contact: "c", snooze: "s", resolve: "r", dismiss: "d" };

export function TaskActions({ task }: { task: Task }) {
  const verbs = allowed(task);
  const why = me.value && whyNot(1);
  if (verbs.length === 0) return null;
  if (why) return <p class="muted">{why}</p>;
  return (
    <div class="actions" role="toolbar" aria-label="Act on this task">
      {verbs.map((verb, place) => (
        <button key={verb} type="button" class={place === 0 ? "button primary" : "button"} onClick={() => want(verb, [task])}>
          {VERBS[verb].ask}
          <kbd>{KEY_OF[verb as Exclude<Verb, "undo">]}</kbd>
        </button>
      ))}
    </div>
  );
}
