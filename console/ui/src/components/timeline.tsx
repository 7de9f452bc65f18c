/** What happened, by day: what customers said and did, what was decided, who was notified, and what people asked for. */
import { deliveryText } from "../delivery";
import { language } from "../preferences";
import { path } from "../router";
import { coarseNow, day, exact, relative, shortTime } from "../time";
import type { TimelineEntry } from "../types";
import { capitalize } from "../wording";
import { Icon, type IconName } from "./icons";

const KINDS: Record<TimelineEntry["kind"], { icon: IconName; says: string }> = {
  fact: { icon: "person", says: "customer" },
  decision: { icon: "dot", says: "decided" },
  delivery: { icon: "letter", says: "notified" },
  command: { icon: "key", says: "asked" },
};

export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  return (
    <div class="timeline">
      {byDay(entries).map(({ name, of }) => (
        <section key={name} aria-label={name}>
          <h3>{name}</h3>
          <ol>
            {of.map((entry) => (
              <EntryLine key={`${entry.kind} ${entry.id}`} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function byDay(entries: readonly TimelineEntry[]): { name: string; of: TimelineEntry[] }[] {
  const days: { name: string; of: TimelineEntry[] }[] = [];
  for (const entry of entries) {
    const name = day(Date.parse(entry.at));
    const last = days.at(-1);
    if (last?.name === name) last.of.push(entry);
    else days.push({ name, of: [entry] });
  }
  return days;
}

function EntryLine({ entry }: { entry: TimelineEntry }) {
  const kind = KINDS[entry.kind] ?? KINDS.decision; // of a newer console
  const at = Date.parse(entry.at);
  const title = entry.kind === "delivery" ? deliveryText(entry.title, entry.type) : capitalize(entry.title); // names of destinations stay as they are
  const elsewhere = entry.link !== null && entry.link !== path.value;
  return (
    <li class={`entry entry-${entry.kind}`} data-type={entry.type} data-kind={entry.kind}>
      <time dateTime={entry.at} title={`${exact(at)}, ${relative(at, coarseNow.value)}`}>
        {shortTime(at)}
      </time>
      <Icon name={kind.icon} />
      <p lang={language.value}>
        <span class="visually-hidden" lang="en">
          {kind.says}:{" "}
        </span>
        {elsewhere ? <a href={entry.link ?? ""}>{title}</a> : <strong>{title}</strong>}
        {entry.detail && <span class="detail"> {entry.detail}</span>}
      </p>
    </li>
  );
}
