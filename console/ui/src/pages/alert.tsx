/** One alert: how likely the customer is to leave, what would be lost, and each sign with the numbers to recompute it. */
import { useEffect } from "preact/hooks";
import { HicBadge, LevelBadge, TierBadge } from "../components/badges";
import { ChanceOverTime } from "../components/chance-over-time";
import { Card, Fact } from "../components/fact";
import { PendingPage, StaleNotice } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { Rhythm } from "../components/rhythm";
import { MeasuredFacts, StandingFacts } from "../components/standing";
import { Timeline } from "../components/timeline";
import { When } from "../components/when";
import { isLabelled, label } from "../labels";
import { language } from "../preferences";
import { link, navigate } from "../router";
import { useShortcuts } from "../shortcuts";
import { useQuery } from "../store/use-query";
import { title } from "../tab-title";
import { exact } from "../time";
import type { AlertPage as Page, Signal } from "../types";
import { capitalize, inWords, money, nameOf, number, percent } from "../wording";

export function AlertPage({ id }: { id: string }) {
  const { state, reload } = useQuery<Page>(
    `alerts/${encodeURIComponent(id)}`,
    (event) => (event.kind === "alert" && event.row.id === id) || (event.kind === "delivery" && event.row.about === id),
  );
  const { data, error } = state.value;
  useShortcuts({ back: () => navigate("/alerts") });
  useEffect(() => {
    if (data) title.value = `${nameOf(data)} may leave`;
  }, [data]);
  if (!data) return <PendingPage title={`Alert ${id}`} error={error} retry={reload} />;
  return (
    <div class="page">
      <StaleNotice error={error} />
      <div class="page-header">
        <PageTitle>
          <a href={link.customer(data.customer)} class="quiet">
            {nameOf(data)}
          </a>
        </PageTitle>
        <TierBadge tier={data.tier} />
        {data.hic && <HicBadge because={data.hic_because} />}
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
                <SignalDetails key={signal.name} signal={signal} />
              ))}
              {data.active && data.without_signals !== null && (
                <li class="muted">All else adds {percent(data.without_signals)}: any customer may leave</li>
              )}
            </ul>
          </Card>
          {data.active && data.changed.length > 0 && (
            <Card title="What changed since this level was told">
              <ul class="signals-full">
                {data.changed.map((sentence) => (
                  <li key={sentence} lang={language.value}>
                    {capitalize(sentence)}
                  </li>
                ))}
              </ul>
            </Card>
          )}
          <ChanceOverTime steps={data.chances} />
        </div>
        <div class="stack">
          <section class="card" aria-label="Facts">
            <dl class="facts">
              <Fact label="Chance of leaving">{percent(data.chance)}</Fact>
              <Fact label="A year at risk">{data.value_at_risk === null ? "not known" : money(data.value_at_risk, data.currency)}</Fact>
              <Fact label="Raised">
                <When at={data.raised_at} focusable />
              </Fact>
              <Fact label="Changed">
                <When at={data.changed_at} focusable />
              </Fact>
              {data.newest_at !== null && (
                <Fact label="Newest sign">
                  <When at={data.newest_at} focusable />
                </Fact>
              )}
              <StandingFacts standing={data.standing} />
              <MeasuredFacts standing={data.standing} />
            </dl>
          </section>
          <Rhythm rhythm={data.rhythm} />
          <Card title="History">
            <Timeline entries={data.history} />
          </Card>
        </div>
      </div>
    </div>
  );
}

function SignalDetails({ signal }: { signal: Signal }) {
  const known = Object.entries(signal.why.values).filter(([, value]) => value !== false);
  const numbers = known.map(([name, value]) => `${inWords(name)} ${formatValue(name, value)}`);
  return (
    <li>
      <h3>
        {capitalize(signal.called)}
        <span class="muted">
          {" "}
          {adds(signal)}alone would mean {percent(signal.strength)}, seen <When at={signal.seen_at} />
        </span>
      </h3>
      <p lang={language.value}>{capitalize(signal.sentence)}</p>
      <p class="muted small">{numbers.join(", ")}</p>
    </li>
  );
}

function adds(signal: Signal): string {
  if (signal.share === undefined || signal.share === null) return "";
  return signal.share > 0 ? `adds ${percent(signal.share)}, ` : "adds nothing beside a stronger sign of the same cause, ";
}

/** An instant in the time zone of the board. Chances may be tiny: those are shown as they are, other numbers to two digits after the point. */
function formatValue(name: string, value: boolean | number | string): string {
  if (name.endsWith("_at")) return exact(Date.parse(String(value)));
  if (typeof value !== "number") return isLabelled(name) ? label(name, String(value)) : String(value);
  return value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(1) : number(Math.round(value * 100) / 100);
}
