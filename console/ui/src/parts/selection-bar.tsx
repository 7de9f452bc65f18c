/** What can be done with the marked tasks, at the foot of the queue while there are any. */
import { VERBS } from "../wording";
import { want, whyNot } from "../store/actions";
import { markAll, markedTasks } from "../store/marks";
import type { Verb } from "../types";
import { many } from "../wording";

const KEYS: [Verb, string][] = [
  ["acknowledge", "a"],
  ["contact", "c"],
  ["snooze", "s"],
  ["resolve", "r"],
  ["dismiss", "d"],
];

export function SelectionBar() {
  const tasks = markedTasks.value;
  if (tasks.length === 0) return null;
  const why = whyNot(tasks.length);
  return (
    <div class="selection" role="toolbar" aria-label={`Act on ${many(tasks.length, "marked task")}`}>
      <strong>{many(tasks.length, "task")} marked</strong>
      {why ? (
        <span class="muted">{why}</span>
      ) : (
        KEYS.map(([verb, key]) => (
          <button key={verb} type="button" class="button small" onClick={() => want(verb, tasks)}>
            {VERBS[verb].ask}
            <kbd>{key}</kbd>
          </button>
        ))
      )}
      <button type="button" class="link-button" onClick={() => markAll(false)}>
        Unmark
      </button>
    </div>
  );
}
