/** One alert: how likely the customer is to leave, what would be lost, and each sign with the numbers to recompute it. */
import { useEffect } from "preact/hooks";
import { useKeys } from "../keys";
import { HicBadge, LevelBadge, TierBadge } from "../parts/badges";
import { PageTitle } from "../parts/page-title";
import { Failed, Skeleton } from "../parts/states";
import { Timeline } from "../parts/timeline";
import { When } from "../parts/when";
import { go, link } from "../router";
import { useLoaded } from "../store/loading";
import { title } from "../title";
import type { AlertPage as Page, Signal } from "../types";
import { capital, money, nameOf, number, share } from "../wording";
import { Card, Fact } from "./task";

export function AlertPage({ id }: { id: string }) {
  const { state, reload } = useLoaded<Page>(
    `alerts/${encodeURIComponent(id)}`,
    (event) => (event.kind === "alert" && event.row.id === id) || (event.kind === "delivery" && event.row.task === id),
  );
  const { data, error } = state.value;
  useKeys({ leave: () => go("/alerts") });
  useEffect(() => {
    if (data) title.value = `${nameOf(data)} may leave`;
  }, [data]);
  if (!data)
    return (
      <div class="page">
        <PageTitle unseen>Alert {id}</PageTitle>
        {error ? <Failed error={error} again={reload} /> : <Skeleton lines={10} />}
      </div>
    );
  return (
    <div class="page">
      <div class="page-head">
        <PageTitle>
          <a href={link.customer(data.customer)} class="quiet">
            {nameOf(data)}
          </a>
        </PageTitle>
        <TierBadge tier={data.tier} />
        {data.hic && <HicBadge />}
        <span class="space" />
        {data.active ? (
          <LevelBadge level={data.level} />
        ) : (
          <span class="muted">resolved{data.resolved_because && `: ${data.resolved_because}`}</span>
        )}
      </div>
      <div class="columns-2">
        <div class="stack">
          <Card title="Signs of leaving">
            <ul class="signals-full">
              {data.signals.map((signal) => (
                <SignalLine key={signal.name} signal={signal} />
              ))}
            </ul>
          </Card>
        </div>
        <div class="stack">
          <section class="card" aria-label="Facts">
            <dl class="facts">
              <Fact label="Chance of leaving">{share(data.chance)}</Fact>
              <Fact label="A year at risk">{data.value_at_risk === null ? "not known" : money(data.value_at_risk, data.currency)}</Fact>
              <Fact label="Raised">
                <When at={data.raised_at} focusable />
              </Fact>
              <Fact label="Changed">
                <When at={data.changed_at} focusable />
              </Fact>
            </dl>
          </section>
          <Card title="History">
            <Timeline entries={data.history} />
          </Card>
        </div>
      </div>
    </div>
  );
}

function SignalLine({ signal }: { signal: Signal }) {
  const numbers = Object.entries(signal.numbers).map(([name, value]) => `${name.replaceAll("_", " ")} ${small(value)}`);
  return (
    <li>
      <h3>
        {capital(signal.name.replaceAll("_", " "))}
        <span class="muted">
          {" "}
          alone would mean {share(signal.strength)}, seen <When at={signal.seen_at} />
        </span>
      </h3>
      <p>{capital(signal.sentence)}</p>
      <p class="muted small">{numbers.join(", ")}</p>
    </li>
  );
}

/** Chances may be tiny: those are shown as they are, other numbers to two digits after the point. */
function small(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(1) : number(Math.round(value * 100) / 100);
}
