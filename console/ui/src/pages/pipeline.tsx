/** Whether Makegood itself is healthy: what waits to be decided, how fast things come in, from where, and what happened to its services. */

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { Card } from "../components/fact";
import { Icon } from "../components/icons";
import { MissingFeeds } from "../components/missing-feeds";
import { ErrorState, Skeleton } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { When } from "../components/when";
import { useQuery } from "../store/use-query";
import { clockTime, coarseNow, duration, moment } from "../time";
import type { LiveEvent, Pipeline } from "../types";
import { capitalize, joinWords, number, plural } from "../wording";

export function PipelinePage() {
  const { state, reload } = useQuery<Pipeline>("pipeline", isRelevant);
  const { data, error } = state.value;
  return (
    <div class="page">
      <div class="page-header">
        <PageTitle>Pipeline</PageTitle>
        {data && <p class={data.reading.trouble ? "bad" : "muted"}>{verdict(data)}</p>}
      </div>
      {error && <ErrorState error={error} retry={reload} />}
      {!data && !error && <Skeleton lines={12} />}
      <MissingFeeds />
      {data && <Body pipeline={data} />}
    </div>
  );
}

/** Lag and rates come with no event of their own: they are loaded with every beat. */
const isRelevant = (event: LiveEvent) => event.kind === "beat" || event.kind === "service_event";

function verdict(pipeline: Pipeline): string {
  if (pipeline.reading.trouble) return pipeline.reading.trouble;
  const down = pipeline.services.filter((service) => service.state === "down").map((service) => service.name);
  if (down.length) return `${capitalize(joinWords(down))} ${down.length > 1 ? "are" : "is"} down.`;
  if (pipeline.lag === null) return "How much waits to be decided is not known yet.";
  return pipeline.lag > 1000 ? `${plural(pipeline.lag, "record")} wait to be decided.` : "All is well.";
}

function Body({ pipeline }: { pipeline: Pipeline }) {
  const { lag, rate, waiting, dead_letters, reading } = pipeline;
  const behind = reading.behind_records;
  return (
    <div class="stack">
      <dl class="figures">
        <Figure label="wait to be decided" value={lag} />
        <Figure label="facts a minute" value={rate.facts_per_min} />
        <Figure label="decisions a minute" value={rate.decisions_per_min} />
        <Figure label="not shown on the board yet" value={behind} />
        <Figure label={waiting === 1 ? "unmatched fact" : "unmatched facts"} value={waiting} />
        <Figure
          label={dead_letters === 1 ? "dead letter" : "dead letters"}
          value={dead_letters}
          to="/dead-letters"
          bad={dead_letters > 0}
        />
      </dl>
      <div class="columns-2">
        <div class="stack">
          <Card title="The last hour">
            <LazyChart minutes={pipeline.minutes} />
          </Card>
          <Card title="Sources">
            <Sources sources={pipeline.sources} />
          </Card>
          <Card title="Partitions">
            <Partitions partitions={pipeline.partitions} />
          </Card>
        </div>
        <div class="stack">
          <Card title="Services">
            <Services services={pipeline.services} />
          </Card>
          <Card title="What happened to them">
            <ServiceEvents service_events={pipeline.service_events} />
          </Card>
        </div>
      </div>
    </div>
  );
}

type ChartComponent = ComponentType<{ minutes: Pipeline["minutes"] }>;
const chartComponent = signal<ChartComponent | null>(null);

/** The drawing library is fetched with the first chart, not with the board. */
function LazyChart({ minutes }: { minutes: Pipeline["minutes"] }) {
  useEffect(() => void import("../components/chart").then((loaded) => (chartComponent.value = loaded.Chart)), []);
  const Drawn = chartComponent.value;
  return Drawn ? <Drawn minutes={minutes} /> : <div class="chart" />;
}

function Figure({ label, value, to, bad }: { label: string; value: number | null; to?: string; bad?: boolean }) {
  const shown = value === null ? "–" : number(value);
  return (
    <div class={bad ? "figure bad" : "figure"}>
      <dd>
        {to ? (
          <a href={to} aria-label={`${shown} ${label}`}>
            {shown}
          </a>
        ) : (
          shown
        )}
      </dd>
      <dt>{label}</dt>
    </div>
  );
}

function Sources({ sources }: { sources: Pipeline["sources"] }) {
  if (sources.length === 0) return <p class="muted">Nothing has come in yet. Point a webhook at the gateway, or write a fact to Kafka.</p>;
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Source</th>
          <th scope="col" class="number">
            Facts
          </th>
          <th scope="col">Last one came in</th>
          <th scope="col">And happened</th>
        </tr>
      </thead>
      <tbody>
        {sources.map((one) => (
          <tr key={one.source}>
            <td>{one.source}</td>
            <td class="number">{number(one.facts)}</td>
            <td>
              <When at={one.last_arrived_at} />
            </td>
            <td class="muted">
              <When at={one.last_event_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Partitions({ partitions }: { partitions: Pipeline["partitions"] }) {
  if (partitions.length === 0) return <p class="muted">Not known yet.</p>;
  const most = Math.max(1, ...partitions.map((one) => one.lag));
  return (
    <ul class="partitions">
      {partitions.map((one) => (
        <li key={one.partition} title={`Partition ${one.partition}: ${plural(one.lag, "record")} to be decided`}>
          <span class="muted">{one.partition}</span>
          <span class="strength">
            <span style={{ width: `${(one.lag / most) * 100}%` }} />
          </span>
          {number(one.lag)}
        </li>
      ))}
    </ul>
  );
}

const STATES: Record<string, "check" | "wait" | "failed"> = { running: "check", starting: "wait", down: "failed" };

function Services({ services }: { services: Pipeline["services"] }) {
  if (services.length === 0)
    return (
      <p class="muted">
        Nothing is known of the services: they are not run by <code>makegood up</code>.
      </p>
    );
  return (
    <ul class="services">
      {services.map((service) => (
        <li key={service.name} data-state={service.state} title={service.detail}>
          <Icon name={STATES[service.state] ?? "unsent"} />
          <strong>{service.name}</strong>
          <span>{service.state}</span>
          {service.since !== null && <span class="muted">for {duration(coarseNow.value - Date.parse(service.since))}</span>}
        </li>
      ))}
    </ul>
  );
}

function ServiceEvents({ service_events }: { service_events: Pipeline["service_events"] }) {
  if (service_events.length === 0) return <p class="muted">Nothing, as far as is known.</p>;
  return (
    <ol class="service-events">
      {service_events.map((one) => (
        <li key={`${one.service} ${one.at} ${one.state}`} data-state={one.state}>
          <time dateTime={one.at} title={moment(Date.parse(one.at), coarseNow.value)}>
            {timeOf(one.at)}
          </time>
          <span>{capitalize(one.sentence)}</span>
        </li>
      ))}
    </ol>
  );
}

/** With seconds for the last day: it matters how fast a service came back. */
function timeOf(iso: string): string {
  const instant = Date.parse(iso);
  return coarseNow.value - instant < 86_400_000 ? clockTime(instant) : moment(instant, coarseNow.value);
}
