/** What became of what one asked for: at the foot of the page, with the way back while there is one. */
import { now } from "../time";
import { act, deeds, dismiss, held, said, undo } from "../store/actions";
import { type Deed, UNDO_MS, canUndo, refused, since, stateOf, told, unsent } from "../store/deeds";
import { inZone, refusalOf } from "../wording";
import { Icon } from "./icons";

export function DeedArea() {
  return (
    <section class="deeds" aria-label="What you did">
      <div class="deed-list" aria-live="polite" aria-relevant="additions text">
        {deeds.value.map((deed) => (
          <DeedCard key={deed.id} deed={deed} />
        ))}
      </div>
      <div role="status">{said.value && <p class="deed said">{said.value}</p>}</div>
    </section>
  );
}

const ICONS = { asking: "wait", sent: "wait", done: "check", refused: "failed", unsent: "failed", unknown: "failed" } as const;

function DeedCard({ deed }: { deed: Deed }) {
  const state = stateOf(deed);
  const hold = (on: boolean) => () => void (on ? held.add(deed.id) : held.delete(deed.id));
  return (
    <div class="deed" data-state={state} onPointerEnter={hold(true)} onPointerLeave={hold(false)} onFocusIn={hold(true)} onFocusOut={hold(false)}>
      <Icon name={ICONS[state]} />
      <div class="deed-words">
        <p>{told(deed)}</p>
        {deed.items.length > 1 && <Refusals deed={deed} />}
      </div>
      <UndoButton deed={deed} />
      {unsent(deed).length > 0 && deed.verb !== "undo" && <AgainButton deed={deed} />}
      <button type="button" class="icon-button" aria-label="Put away" onClick={() => dismiss(deed.id)}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function Refusals({ deed }: { deed: Deed }) {
  const items = refused(deed);
  const missed = deed.failure ? [] : unsent(deed);
  if (items.length + missed.length === 0) return null;
  return (
    <ul>
      {items.map((item) => (
        <li key={item.task}>{inZone(refusalOf(item.sentence, item.task, item.name))}</li>
      ))}
      {missed.map((item) => (
        <li key={item.task}>{`${item.name}: ${item.state === "unsent" ? "not sent" : "not known whether it was sent"}`}</li>
      ))}
    </ul>
  );
}

function UndoButton({ deed }: { deed: Deed }) {
  if (!canUndo(deed, now.value)) return null;
  const left = Math.ceil((UNDO_MS - (now.value - since(deed))) / 1000);
  return (
    <button type="button" class="button small" onClick={() => void undo(deed)}>
      <Icon name="undo" />
      Undo
      <span class="seconds" aria-hidden="true">
        {left}
      </span>
      <kbd>z</kbd>
    </button>
  );
}

function AgainButton({ deed }: { deed: Deed }) {
  const again = () => {
    dismiss(deed.id);
    void act(deed.verb, unsent(deed).map((item) => ({ id: item.task, customer: item.name, customer_name: item.name })), deed.fields);
  };
  return (
    <button type="button" class="button small" onClick={again}>
      Try again
    </button>
  );
}
