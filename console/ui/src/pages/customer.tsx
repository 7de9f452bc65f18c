/** One customer: who they are and why they matter, what is open, whether they may leave, and everything that happened. */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get } from "../api";
import { DeliveryBadge, HicBadge, LevelBadge, PriorityBadge, StatusWord, TierBadge } from "../components/badges";
import { ChanceOverTime } from "../components/chance-over-time";
import { Card, Fact } from "../components/fact";
import { PendingPage, StaleNotice } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { Rhythm } from "../components/rhythm";
import { SlaTimer } from "../components/sla-timer";
import { MeasuredFacts, StandingFacts } from "../components/standing";
import { Timeline } from "../components/timeline";
import { language } from "../preferences";
import { link } from "../router";
import { useQuery } from "../store/use-query";
import { title } from "../tab-title";
import { coarseNow, date, relative } from "../time";
import type { Alert, Customer, LiveEvent, Timeline as Page, Task, TimelineEntry } from "../types";
import { capitalize, money, percent } from "../wording";

export function CustomerPage({ id }: { id: string }) {
  const address = `customers/${encodeURIComponent(id)}`;
  const { state, reload } = useQuery<Customer>(address, (event) => isRelevant(event, id));
  const { data, error } = state.value;
  useEffect(() => {
    if (data) title.value = data.name ?? data.id;
  }, [data]);
  if (!data) return <PendingPage title={`Customer ${id}`} error={error} retry={reload} />;
  return (
    <div class="page">
      <StaleNotice error={error} />
      <div class="page-header">
        <PageTitle>{data.name ?? data.id}</PageTitle>
        <TierBadge tier={data.tier} />
        {data.hic && <HicBadge because={data.hic_because} />}
        <span class="muted">{data.id}</span>
      </div>
      <div class="columns-2">
        <div class="stack">
          <OpenTasks tasks={data.tasks} />
          <ChanceOverTime steps={data.chances} />
          <CustomerTimeline customer={data} address={address} />
        </div>
        <div class="stack">
          <About customer={data} />
          <Rhythm rhythm={data.rhythm} />
          {data.alert && <MayLeave alert={data.alert} />}
        </div>
      </div>
    </div>
  );
}

let lastEventSeen: string | null = null;

/** Tasks and alerts of this customer; and, as facts are not sent one by one, any beat after one came in. */
function isRelevant(event: LiveEvent, id: string): boolean {
  if (event.kind === "erased") return event.row.customer === id;
  if (event.kind === "task" || event.kind === "alert") return event.row.customer === id;
  if (event.kind !== "beat" || event.row.last_event_at === lastEventSeen) return false;
  lastEventSeen = event.row.last_event_at;
  return true;
}

const PILLARS = ["demanding", "distinct", "dedicated", "delivery"] as const;

function About({ customer }: { customer: Customer }) {
  const renews = customer.renews_on ? Date.parse(customer.renews_on) : null;
  return (
    <section class="card" aria-label="About">
      <dl class="facts">
        <StandingFacts standing={customer.standing} />
        <MeasuredFacts standing={customer.standing} />
        <Fact label="Chance of leaving">{customer.chance === null ? "not known" : percent(customer.chance)}</Fact>
        <Fact label="Renews">{renews === null ? "not known" : `${date(renews, "UTC")}, ${relative(renews, coarseNow.value)}`}</Fact>
        <Fact label="Owner">{customer.owner ?? "nobody"}</Fact>
        {customer.behaviour && <Fact label="Behaviour">{customer.behaviour}</Fact>}
        {PILLARS.map(
          (pillar) =>
            customer.pillars[pillar] && (
              <Fact key={pillar} label={capitalize(pillar)}>
                {customer.pillars[pillar]}
              </Fact>
            ),
        )}
        {customer.aliases && customer.aliases.length > 0 && <Fact label="Also known as">{customer.aliases.join(", ")}</Fact>}
        {Object.entries(customer.labels).map(([name, value]) => (
          <Fact key={name} label={`Label of ${name}`}>
            {value}
          </Fact>
        ))}
      </dl>
    </section>
  );
}

function OpenTasks({ tasks }: { tasks: readonly Task[] }) {
  return (
    <Card title={tasks.length ? "Open tasks" : "No open task"}>
      {tasks.length === 0 && <p class="muted">No recovery task is open for this customer.</p>}
      <ul class="small-tasks">
        {tasks.map((task) => (
          <li key={task.id} data-task={task.id}>
            <PriorityBadge priority={task.priority} />
            <SlaTimer task={task} />
            <a href={link.task(task.id)} title={task.sentence} lang={language.value}>
              {capitalize(task.sentence)}
            </a>
            <StatusWord status={task.status} task={task} />
            <DeliveryBadge delivery={task.delivery} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function MayLeave({ alert }: { alert: Alert }) {
  return (
    <Card title="May leave">
      <p>
        <a href={link.alert(alert.id)}>
          <LevelBadge level={alert.level} />
        </a>
        , chance {percent(alert.chance)}
        {alert.value_at_risk !== null && `, ${money(alert.value_at_risk, alert.currency)} a year at risk`}
      </p>
      <ul class="signals" lang={language.value}>
        {alert.signals.map((one) => (
          <li key={one.name}>{capitalize(one.sentence)}</li>
        ))}
      </ul>
    </Card>
  );
}

const KINDS: { kind: TimelineEntry["kind"]; label: string }[] = [
  { kind: "fact", label: "Said and did" },
  { kind: "decision", label: "Decided" },
  { kind: "delivery", label: "Notified" },
  { kind: "command", label: "Asked" },
];
const hiddenKinds = signal<ReadonlySet<TimelineEntry["kind"]>>(new Set());

function CustomerTimeline({ customer, address }: { customer: Customer; address: string }) {
  const known = useRef(new Map<string, TimelineEntry>());
  const next = useSignal(customer.next);
  const busy = useSignal(false);
  const entries = mergeEntries(known.current, customer.timeline);
  const shown = entries.filter((entry) => !hiddenKinds.value.has(entry.kind));
  const more = async () => {
    busy.value = true;
    const page = await get<Page>(`${address}/timeline?after=${encodeURIComponent(next.peek() ?? "")}`).catch(() => null);
    if (page) {
      mergeEntries(known.current, page.timeline);
      next.value = page.next;
    }
    busy.value = false;
  };
  return (
    <Card title="What happened">
      <KindFilter />
      {shown.length === 0 && <p class="muted">{entries.length ? "Nothing of these kinds, among what is loaded." : "Nothing yet."}</p>}
      <Timeline entries={shown} />
      {next.value && (
        <button type="button" class="button" disabled={busy.value} onClick={() => void more()}>
          Older
        </button>
      )}
    </Card>
  );
}

function KindFilter() {
  const toggle = (kind: TimelineEntry["kind"]) => {
    const changed = new Set(hiddenKinds.peek());
    if (!changed.delete(kind)) changed.add(kind);
    hiddenKinds.value = changed;
  };
  return (
    <div class="segments" role="group" aria-label="Kinds">
      {KINDS.map(({ kind, label }) => (
        <button key={kind} type="button" aria-pressed={!hiddenKinds.value.has(kind)} onClick={() => toggle(kind)}>
          {label}
        </button>
      ))}
    </div>
  );
}

/** All that was ever loaded, newest first: the first page is loaded again as things happen, and pushes entries out at its end. */
function mergeEntries(known: Map<string, TimelineEntry>, more: readonly TimelineEntry[]): TimelineEntry[] {
  for (const entry of more) known.set(`${entry.kind} ${entry.id}`, entry);
  return [...known.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || (a.id < b.id ? 1 : -1));
}
