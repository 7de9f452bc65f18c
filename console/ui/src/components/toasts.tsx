/** Toasts: what became of each operation, at the foot of the page, with Undo while it can be undone. */

import { announcement, dismiss, operations, pinned, runAction, undo } from "../store/actions";
import { canUndo, type Operation, refOf, refusedItems, shownSince, stateOf, summaryOf, UNDO_MS, unsentItems } from "../store/operations";
import { now } from "../time";
import { Icon } from "./icons";

export function Toasts() {
  return (
    <section class="toasts" aria-label="What you did">
      <div class="toast-list" aria-live="polite" aria-relevant="additions text">
        {operations.value.map((operation) => (
          <Toast key={operation.id} operation={operation} />
        ))}
      </div>
      <div role="status">{announcement.value && <p class="toast announcement">{announcement.value}</p>}</div>
    </section>
  );
}

const ICONS = { sending: "wait", sent: "wait", done: "check", refused: "failed", unsent: "failed", unknown: "failed" } as const;

function Toast({ operation }: { operation: Operation }) {
  const state = stateOf(operation);
  const pin = (on: boolean) => () => void (on ? pinned.add(operation.id) : pinned.delete(operation.id));
  return (
    <div
      class="toast"
      data-state={state}
      onPointerEnter={pin(true)}
      onPointerLeave={pin(false)}
      onFocusIn={pin(true)}
      onFocusOut={pin(false)}
    >
      <Icon name={ICONS[state]} />
      <div class="toast-text">
        <p>{summaryOf(operation)}</p>
        {operation.items.length > 1 && <Refusals operation={operation} />}
      </div>
      <UndoButton operation={operation} />
      {unsentItems(operation).length > 0 && operation.verb !== "undo" && <RetryButton operation={operation} />}
      <button type="button" class="icon-button" aria-label="Close" onClick={() => dismiss(operation.id)}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function Refusals({ operation }: { operation: Operation }) {
  const items = refusedItems(operation);
  const missed = operation.failure ? [] : unsentItems(operation);
  if (items.length + missed.length === 0) return null;
  return (
    <ul>
      {items.map((item) => (
        <li key={item.task}>{item.sentence}</li>
      ))}
      {missed.map((item) => (
        <li key={item.task}>{`${item.name}: ${item.state === "unsent" ? "not sent" : "not known whether it was sent"}`}</li>
      ))}
    </ul>
  );
}

function UndoButton({ operation }: { operation: Operation }) {
  if (!canUndo(operation, now.value)) return null;
  const left = Math.ceil((UNDO_MS - (now.value - shownSince(operation))) / 1000);
  return (
    <button type="button" class="button small" onClick={() => void undo(operation)}>
      <Icon name="undo" />
      Undo
      <span class="seconds" aria-hidden="true">
        {left}
      </span>
      <kbd>z</kbd>
    </button>
  );
}

function RetryButton({ operation }: { operation: Operation }) {
  const retry = () => {
    dismiss(operation.id);
    void runAction(operation.verb, unsentItems(operation).map(refOf), operation.fields);
  };
  return (
    <button type="button" class="button small" onClick={retry}>
      Try again
    </button>
  );
}
