/** What can be done with the selected tasks, at the foot of the queue while there are any. */

import { denialReason, requestAction } from "../store/actions";
import { selectAll, selectedTasks } from "../store/selection";
import type { Verb } from "../types";
import { plural, VERBS } from "../wording";

const KEYS: [Verb, string][] = [
  ["acknowledge", "a"],
  ["contact", "c"],
  ["snooze", "s"],
  ["resolve", "r"],
  ["dismiss", "d"],
];

export function SelectionBar() {
  const tasks = selectedTasks.value;
  if (tasks.length === 0) return null;
  const why = denialReason(tasks.length);
  return (
    <div class="selection" role="toolbar" aria-label={`Act on ${plural(tasks.length, "selected task")}`}>
      <strong>{plural(tasks.length, "task")} selected</strong>
      {why ? (
        <span class="muted">{why}</span>
      ) : (
        KEYS.map(([verb, key]) => (
          <button key={verb} type="button" class="button small" onClick={() => requestAction(verb, tasks)}>
            {VERBS[verb].label}
            <kbd>{key}</kbd>
          </button>
        ))
      )}
      <button type="button" class="link-button" onClick={() => selectAll(false)}>
        Clear selection
      </button>
    </div>
  );
}
