/** What can be done with the selected tasks, at the foot of the queue while there are any. */

import { keyOf } from "../shortcuts";
import { denialReason, requestAction } from "../store/actions";
import { selectAll, selectedTasks } from "../store/selection";
import { OFFERED_VERBS, plural, VERBS } from "../wording";

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
        OFFERED_VERBS.map((verb) => (
          <button key={verb} type="button" class="button small" onClick={() => requestAction(verb, tasks)}>
            {VERBS[verb].label}
            <kbd>{keyOf(verb)}</kbd>
          </button>
        ))
      )}
      <button type="button" class="link-button" onClick={() => selectAll(false)}>
        Clear selection
      </button>
    </div>
  );
}
