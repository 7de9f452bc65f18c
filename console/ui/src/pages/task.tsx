/** One task: what happened, why it matters, by when, what to do next, and everything that came of it. */
import { useEffect } from "preact/hooks";
import { Addends } from "../components/addends";
import { HicBadge, PriorityBadge, StatusWord, TierBadge } from "../components/badges";
import { ChanceOverTime } from "../components/chance-over-time";
import { Deliveries } from "../components/deliveries";
import { Card, Fact } from "../components/fact";
import { PendingPage, StaleNotice } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { Rhythm } from "../components/rhythm";
import { SlaTimer } from "../components/sla-timer";
import { MeasuredFacts, StandingFacts } from "../components/standing";
import { TaskActions } from "../components/task-actions";
import { Timeline } from "../components/timeline";
import { When } from "../components/when";
import { label } from "../labels";
import { language } from "../preferences";
import { link, navigate } from "../router";
import { useShortcuts } from "../shortcuts";
import { pageTask } from "../store/action-targets";
import { requestAction, undoLast } from "../store/actions";
import { focused, idAtOffset } from "../store/selection";
import { useQuery } from "../store/use-query";
import { title } from "../tab-title";
import type { LiveEvent, TaskPage as Page, Verb } from "../types";
import { actorName, capitalize, nameOf, percent, plural, verbLabel } from "../wording";

export function TaskPage({ id }: { id: string }) {
  const { state, reload } = useQuery<Page>(`tasks/${encodeURIComponent(id)}`, (event) => isRelevant(event, id));
  const { data, error } = state.value;
  useTaskShortcuts(id);
  useEffect(() => {
    pageTask.value = data;
    if (data) title.value = `${data.priority} ${nameOf(data)}`;
    return () => {
      pageTask.value = null;
    };
  }, [data]);
  if (!data) return <PendingPage title={`Task ${id}`} error={error} retry={reload} />;
  return (
    <div class="page task-page">
      <StaleNotice error={error} />
      <TaskHeader task={data} />
      <div class="columns-2">
        <div class="stack">
          <NextStep task={data} />
          <Card title="Evidence">
            <ul class="evidence">
              {data.evidence.map((one) => (
                <li key={one.fact}>
                  <q lang={language.value}>{capitalize(one.sentence)}</q> <When at={one.occurred_at} focusable />
                </li>
              ))}
            </ul>
          </Card>
          <Card title={`Why ${data.priority}`}>
            <Addends addends={data.addends} score={data.score} priority={data.priority} />
          </Card>
          <p class="muted small">
            {data.id}, version {data.version}. Decided from {data.basis.input} under policy {data.basis.policy}.
          </p>
        </div>
        <div class="stack">
          <Facts task={data} />
          {data.rhythm && <Rhythm rhythm={data.rhythm} />}
          {data.chances.length > 0 && <ChanceOverTime steps={data.chances} />}
          <Card title="Who was notified">
            <Deliveries deliveries={data.deliveries} />
          </Card>
          <Card title="History">
            <Timeline entries={data.history.filter((entry) => entry.kind !== "delivery")} />
          </Card>
        </div>
      </div>
    </div>
  );
}

function isRelevant(event: LiveEvent, id: string): boolean {
  if (event.kind === "task") return event.row.id === id;
  return (event.kind === "command" && event.row.task === id) || (event.kind === "delivery" && event.row.about === id);
}

function TaskHeader({ task }: { task: Page }) {
  const name = nameOf(task);
  return (
    <header class="task-top">
      <div class="page-header">
        <PriorityBadge priority={task.priority} />
        <PageTitle>
          <a href={link.customer(task.customer)} class="quiet">
            {name}
          </a>
        </PageTitle>
        <TierBadge tier={task.tier} />
        {task.hic && <HicBadge because={task.hic_because} />}
        <span class="space" />
        <StatusWord status={task.status} />
        <SlaTimer task={task} large />
      </div>
      <p class="sentence" lang={language.value}>
        {capitalize(task.sentence)}
      </p>
      <CommandStatus task={task} />
    </header>
  );
}

/** A command that is not decided yet, and the last refusal. */
function CommandStatus({ task }: { task: Page }) {
  const last = task.commands.at(-1);
  const pending = task.pending;
  return (
    <div role="status">
      {pending && (
        <p class="pending" data-state="sent">
          {verbLabel(pending.verb)} was sent by {pending.actor} <When at={pending.at} />; the decision is not here yet.
        </p>
      )}
      {!pending && last?.state === "refused" && (
        <p class="bad">
          Refused to {last.actor}: {nameOf(task)} {last.sentence}
        </p>
      )}
    </div>
  );
}

function NextStep({ task }: { task: Page }) {
  const ended = task.resolution;
  if (ended) {
    const details = [
      ["Cause", ended.cause],
      ["Action", ended.action],
      ["Outcome", ended.outcome],
      ["Reason", ended.reason ?? ended.because],
    ] as const;
    return (
      <Card title={`${capitalize(label("status", task.status))} by ${actorName(ended.by)}`} class="next">
        <dl class="facts">
          {details
            .filter(([, text]) => text)
            .map(([label, text]) => (
              <Fact key={label} label={label}>
                {text}
              </Fact>
            ))}
          <Fact label="When">
            <When at={ended.at} focusable />
          </Fact>
        </dl>
      </Card>
    );
  }
  return (
    <Card title="Next step" class="next">
      <p class="step">{task.next_step}</p>
      <TaskActions task={task} />
    </Card>
  );
}

function Facts({ task }: { task: Page }) {
  return (
    <section class="card" aria-label="Facts">
      <dl class="facts">
        <Fact label="Owner">{task.owner}</Fact>
        <Fact label="Cause">{capitalize(label("cause", task.cause))}</Fact>
        <Fact label="Chance of leaving">{percent(task.chance)}</Fact>
        <Fact label="Opened">
          <When at={task.opened_at} focusable />
        </Fact>
        <Fact label="Due">
          <When at={task.due_at} focusable />
        </Fact>
        {task.snoozed_until && (
          <Fact label="Snoozed until">
            <When at={task.snoozed_until} focusable />
          </Fact>
        )}
        <Fact label="Status">
          {capitalize(label("status", task.status))} <When at={task.moved_at} focusable /> by {actorName(task.moved_by)}
        </Fact>
        {task.acknowledged_at && (
          <Fact label="Acknowledged">
            <When at={task.acknowledged_at} focusable /> by {actorName(task.acknowledged_by ?? "")}
          </Fact>
        )}
        <Fact label="Changed">
          <When at={task.changed_at} focusable /> by {actorName(task.changed_by)}
        </Fact>
        {task.regressions > 0 && <Fact label="Came back">{plural(task.regressions, "time")}</Fact>}
        <StandingFacts standing={task.standing} />
        <MeasuredFacts standing={task.standing} />
        {task.follows && (
          <Fact label="Follows">
            <a href={link.task(task.follows)}>{task.follows}</a>
          </Fact>
        )}
        {task.followed_by && (
          <Fact label="Followed by">
            <a href={link.task(task.followed_by)}>{task.followed_by}</a>
          </Fact>
        )}
      </dl>
    </section>
  );
}

function useTaskShortcuts(id: string): void {
  const act = (verb: Verb) => () => {
    const task = pageTask.peek();
    if (task) requestAction(verb, [task]);
  };
  const move = (by: number) => () => {
    focused.value = id;
    const to = idAtOffset(by);
    if (to && to !== id) navigate(link.task(to), { replace: true });
  };
  useShortcuts({
    down: move(1),
    up: move(-1),
    back: () => navigate("/"),
    acknowledge: act("acknowledge"),
    contact: act("contact"),
    snooze: act("snooze"),
    resolve: act("resolve"),
    dismiss: act("dismiss"),
    undo: undoLast,
  });
}
