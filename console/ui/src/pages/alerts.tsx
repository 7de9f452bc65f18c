/** Who may leave, by what would be lost with them: the level, the chance, and the signals in sentences with numbers. */
import { HicBadge, LevelBadge, TierBadge } from "../components/badges";
import { EmptyState, ErrorState, Skeleton } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { When } from "../components/when";
import { language } from "../preferences";
import { link, query, setQuery } from "../router";
import { lastEventText } from "../store/queue";
import { useQuery } from "../store/use-query";
import type { Alert } from "../types";
import { money, nameOf, percent, plural, shortMoney } from "../wording";

interface Alerts {
  alerts: Alert[];
  total: number;
}

export function AlertsPage() {
  const view = query.value.get("view") === "resolved" ? "resolved" : "active";
  const { state, reload } = useQuery<Alerts>(`alerts?view=${view}`, (event) => event.kind === "alert");
  const { data, error } = state.value;
  return (
    <div class="page">
      <div class="page-header">
        <PageTitle>Alerts</PageTitle>
        {data && view === "active" && data.total > 0 && <p class="muted">{summaryOf(data)}</p>}
        <span class="space" />
        <div class="segments" role="group" aria-label="Which alerts">
          {(["active", "resolved"] as const).map((one) => (
            <button key={one} type="button" aria-pressed={view === one} onClick={() => setQuery({ view: one === "active" ? "" : one })}>
              {one}
            </button>
          ))}
        </div>
      </div>
      {error && <ErrorState error={error} retry={reload} />}
      {!data && !error && <Skeleton lines={10} />}
      {data?.alerts.length === 0 && <NoAlerts view={view} />}
      {data && data.alerts.length > 0 && (
        <ul class="alerts card">
          {data.alerts.map((alert) => (
            <AlertRow key={alert.id} alert={alert} />
          ))}
        </ul>
      )}
      {data && data.total > data.alerts.length && (
        <p class="muted">
          The {data.alerts.length} of most value are shown, of {plural(data.total, "alert")}.
        </p>
      )}
    </div>
  );
}

function summaryOf({ alerts, total }: Alerts): string {
  const sum = alerts.reduce((all, alert) => all + (alert.value_at_risk ?? 0), 0);
  const currency = alerts[0]?.currency ?? "EUR";
  return `${plural(total, "customer")} may leave; ${money(sum, currency)} a year at risk`;
}

function NoAlerts({ view }: { view: string }) {
  return (
    <EmptyState title={view === "active" ? "No customer shows signs of leaving." : "No alert was resolved yet."}>
      <p>{lastEventText()}</p>
    </EmptyState>
  );
}

function AlertRow({ alert }: { alert: Alert }) {
  return (
    <li class="alert-row" data-alert={alert.id}>
      <span class="value" title={alert.value_at_risk === null ? "The value is not known" : money(alert.value_at_risk, alert.currency)}>
        {alert.value_at_risk === null ? "–" : shortMoney(alert.value_at_risk, alert.currency)}
        <span class="visually-hidden"> a year at risk</span>
      </span>
      <div class="alert-level">
        <LevelBadge level={alert.level} />
        <span class="muted">
          {percent(alert.chance)}
          <span class="visually-hidden"> chance of leaving</span>
        </span>
      </div>
      <div class="alert-words">
        <p class="who">
          <a href={link.alert(alert.id)}>{nameOf(alert)}</a>
          <TierBadge tier={alert.tier} />
          {alert.hic && <HicBadge because={alert.hic_because} />}
          <span class="muted">
            {alert.active ? "raised " : "resolved "}
            <When at={alert.active ? alert.raised_at : alert.changed_at} />
            {!alert.active && alert.resolved_because && `: ${alert.resolved_because}`}
          </span>
        </p>
        <ul class="signals" lang={language.value}>
          {alert.signals.map((signal) => (
            <li key={signal.name}>
              <span class="strength" title={`alone: ${percent(signal.strength)} chance of leaving`}>
                <span style={{ width: percent(signal.strength) }} />
              </span>
              {signal.sentence}
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}
