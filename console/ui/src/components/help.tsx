/** The help: keyboard shortcuts from their table, and what the badges mean. */
import { signal } from "@preact/signals";
import { singleKeys } from "../preferences";
import { SHORTCUTS } from "../shortcuts";
import { Dialog } from "./dialog";

export const helpOpen = signal(false);

/** The badges of a task, for those who see them for the first time. */
const BADGES: readonly [string, string][] = [
  ["P1 to P4", "priority: P1 comes first"],
  ["A, B, C, ?", "tier: how much the customer is worth; ? where nobody knows yet"],
  ["HIC", "high-impact customer: one whom the company cannot afford to lose"],
  ["SLA", "time left to answer the customer"],
];

const GROUPS = ["Move", "Act", "Board", "Go to"] as const;

export function Help() {
  return (
    <Dialog title="Keyboard" close={() => (helpOpen.value = false)} class="wide">
      <h2>Keyboard</h2>
      <div class="key-groups">
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl class="keys">
              {SHORTCUTS.filter((key) => key.group === group).map((key) => (
                <div key={key.name}>
                  <dt>
                    {key.label.split(" ").map((one) => (
                      <kbd key={one}>{one}</kbd>
                    ))}
                  </dt>
                  <dd>{key.description}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>Badges</h3>
          <dl class="keys legend-list">
            {BADGES.map(([badge, meaning]) => (
              <div key={badge}>
                <dt>{badge}</dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
      <label class="choice">
        <input
          type="checkbox"
          checked={singleKeys.value === "on"}
          onChange={(event) => (singleKeys.value = event.currentTarget.checked ? "on" : "off")}
        />
        Single keys act. Switch this off if you speak to your computer, or press keys by accident: Tab, the arrows in lists, Enter, Esc and
        Ctrl K go on working.
      </label>
      <div class="buttons">
        <button type="button" class="button" onClick={() => (helpOpen.value = false)}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
