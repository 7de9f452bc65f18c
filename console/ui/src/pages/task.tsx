/** One task: what happened, why it matters, by when, what to do next, and everything that came of it. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useKeys } from "../keys";
import { Addends } from "../parts/addends";
import { HicBadge, PriorityBadge, StatusWord, TierBadge } from "../parts/badges";
import { SlaClock } from "../parts/clock";
import { Deliveries } from "../parts/deliveries";
import { PageTitle } from "../parts/page-title";
import { Failed, Skeleton } from "../parts/states";
import { TaskActions } from "../parts/task-actions";
import { Timeline } from "../parts/timeline";
import { When } from "../parts/when";
import { go, link } from "../router";
import { undoLast, want } from "../store/actions";
import { useLoaded } from "../store/loading";
import { current, step } from "../store/marks";
import { pageTask } from "../store/subject";
import { title } from "../title";
import type { LiveEvent, TaskPage as Page, Verb } from "../types";
import { VERBS, capital, inZone, nameOf, withoutCustomer } from "../wording";

export function TaskPage({ id }: { id: string }) {
  const { state, reload } = useLoaded<Page>(`tasks/${encodeURIComponent(id)}`, (event) => concerns(event, id));
  const { data, error } = state.value;
  useTaskKeys(id);
  useEffect(() => {
    pageTask.value = data;
    if (data) title.value = `${data.priority} ${nameOf(data)}`;
    return () => void (pageTask.value = null);
  }, [data]);
  if (!data)
    return (
      <div class="page">
        <PageTitle unseen>Task {id}</PageTitle>
        {error ? <Failed error={error} again={reload} /> : <Skeleton lines={12} />}
      </div>
    );
  return (
    <div class="page task-page">
      {error && (
        <p class="notice bad" role="alert">
          Not the newest: {error.message}
        </p>
      )}
      <Top task={data} />
      <div class="columns-2">
        <div class="stack">
          <NextStep task={data} />
          <Card title="Evidence">
            <ul class="evidence">
              {data.evidence.map((one) => (
                <li key={one.fact}>
                  <q>{capital(one.sentence)}</q> <When at={one.occurred_at} focusable />
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
          <Card title="Who was told">
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

function concerns(event: LiveEvent, id: string): boolean {
  if (event.kind === "task") return event.row.id === id;
  return (event.kind === "command" || event.kind === "delivery") && event.row.task === id;
}

export function Card({ title: name, children, class: kind = "" }: { title: string; children: ComponentChildren; class?: string }) {
  return (
    <section class={`card ${kind}`} aria-label={name}>
      <h2>{name}</h2>
      {children}
    </section>
  );
}

function Top({ task }: { task: Page }) {
  const name = nameOf(task);
  return (
    <header class="task-top">
      <div class="page-head">
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
        <SlaClock task={task} large />
      </div>
      <p class="sentence">{capital(withoutCustomer(task.sentence, name))}</p>
      <Waits task={task} />
    </header>
  );
}

/** A command that is not decided yet, and the last refusal. */
function Waits({ task }: { task: Page }) {
  const last = task.commands.at(-1);
  const waits = task.pending;
  return (
    <div role="status">
      {waits && (
        <p class="pending" data-state="sent">
          {capital(VERBS[waits.verb].ask)} was sent by {waits.actor} <When at={waits.at} />; the decision is not here yet.
        </p>
      )}
      {!waits && last?.state === "refused" && (
        <p class="bad">
          Refused to {last.actor}: {inZone(last.sentence.replace(`${task.id} `, "it "))}
        </p>
      )}
    </div>
  );
}

function NextStep({ task }: { task: Page }) {
  const ended = task.resolution;
  if (ended) {
    const told = [
      ["Cause", ended.cause],
      ["Action", ended.action],
      ["Outcome", ended.outcome],
      ["Reason", ended.reason],
    ] as const;
    return (
      <Card title={`${capital(task.status)} by ${ended.by}`} class="next">
        <dl class="facts">
          {told
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

export function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ task }: { task: Page }) {
  return (
    <section class="card" aria-label="Facts">
      <dl class="facts">
        <Fact label="Owner">{task.owner}</Fact>
        <Fact label="Cause">{task.cause}</Fact>
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
        <Fact label="Changed">
          <When at={task.changed_at} focusable /> by {task.changed_by}
        </Fact>
        {task.regressions > 0 && <Fact label="Came back">{task.regressions} times</Fact>}
        {task.hic_because && <Fact label="High-impact">{task.hic_because}</Fact>}
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

function useTaskKeys(id: string): void {
  const act = (verb: Verb) => () => pageTask.peek() && want(verb, pageTask.peek() ? [pageTask.peek()!] : []);
  const walk = (by: number) => () => {
    current.value = id;
    const to = step(by);
    if (to && to !== id) go(link.task(to), { replace: true });
  };
  useKeys({
    down: walk(1),
    up: walk(-1),
    leave: () => go("/"),
    acknowledge: act("acknowledge"),
    contact: act("contact"),
    snooze: act("snooze"),
    resolve: act("resolve"),
    dismiss: act("dismiss"),
    undo: undoLast,
  });
}
