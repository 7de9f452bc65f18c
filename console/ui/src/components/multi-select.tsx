/** A filter with several values: a button that opens a list of boxes to tick. */
import { useId } from "preact/hooks";
import { setQuery } from "../router";
import { filter } from "../store/queue";
import type { FILTER_FIELDS } from "../store/rows";
import { Icon } from "./icons";

interface Props {
  name: (typeof FILTER_FIELDS)[number];
  label: string;
  options: readonly string[];
  /** What an option is called, where not as it is. */
  called?: (option: string) => string;
}

export function MultiSelect({ name, label, options, called = (option) => option }: Props) {
  const id = useId();
  const chosen = filter.value[name];
  const all = [...options, ...chosen.filter((one) => !options.includes(one))];
  const toggle = (one: string) => setQuery({ [name]: all.filter((other) => (other === one) !== chosen.includes(other)).join(",") });
  return (
    <div class="dropdown">
      <button type="button" class="button small" popovertarget={id} data-chosen={chosen.length > 0} style={{ anchorName: `--${name}` }}>
        {label}
        {chosen.length > 0 && <span class="chosen">{chosen.length > 1 ? chosen.length : called(chosen[0] ?? "")}</span>}
        <Icon name="down" />
      </button>
      <fieldset id={id} popover="auto" class="menu" style={{ positionAnchor: `--${name}` }}>
        <legend class="visually-hidden">{label}</legend>
        {all.length === 0 && <p class="muted">None yet</p>}
        {all.map((one) => (
          <label key={one}>
            <input type="checkbox" checked={chosen.includes(one)} onChange={() => toggle(one)} />
            {called(one)}
          </label>
        ))}
        {chosen.length > 0 && (
          <button type="button" class="link-button" onClick={() => setQuery({ [name]: "" })}>
            Any {label.toLowerCase()}
          </button>
        )}
      </fieldset>
    </div>
  );
}
