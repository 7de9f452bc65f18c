/** One dead letter: what is wrong with it, its bytes as they came, and how to replay it. */
import { useSignal } from "@preact/signals";
import { Card, Fact } from "../components/fact";
import { PendingPage, StaleNotice } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { When } from "../components/when";
import { label } from "../labels";
import { navigate } from "../router";
import { useShortcuts } from "../shortcuts";
import { announce } from "../store/actions";
import { useQuery } from "../store/use-query";
import type { DeadLetterPage as Page } from "../types";
import { capitalize, plural } from "../wording";

export function DeadLetterPage({ id }: { id: string }) {
  const { state, reload } = useQuery<Page>(
    `dead-letters/${encodeURIComponent(id)}`,
    (event) => event.kind === "dead_letter" && event.row.id === id,
  );
  const { data, error } = state.value;
  useShortcuts({ back: () => navigate("/dead-letters") });
  if (!data) return <PendingPage title={`Dead letter ${id}`} error={error} retry={reload} />;
  return (
    <div class="page">
      <StaleNotice error={error} />
      <div class="page-header">
        <PageTitle>{capitalize(label("fault", data.fault))}</PageTitle>
        <span class="muted">{data.id}</span>
      </div>
      <div class="columns-2">
        <div class="stack">
          <Card title="What is wrong">
            <p class="sentence">{data.error}</p>
          </Card>
          <Card title={`The record, ${plural(data.size, "byte")}`}>
            <Value text={data.value_text} />
          </Card>
          <Replay letter={data} />
        </div>
        <section class="card" aria-label="Facts">
          <dl class="facts">
            <Fact label="Arrived">
              <When at={data.at} focusable />
            </Fact>
            <Fact label="Replayed">{data.replayed_at ? <When at={data.replayed_at} focusable /> : "not yet"}</Fact>
            <Fact label="Topic">{data.topic}</Fact>
            <Fact label="Partition">{data.partition}</Fact>
            <Fact label="Offset">{data.offset}</Fact>
            <Fact label="Key">{data.key ?? "none"}</Fact>
            {data.headers.map(({ name, value }) => (
              <Fact key={name} label={name}>
                {value}
              </Fact>
            ))}
          </dl>
        </section>
      </div>
    </div>
  );
}

/** Shown as text, whatever it is: laid out where it is JSON. */
function Value({ text }: { text: string }) {
  if (!text) return <p class="muted">It has no value.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keyboard
    <pre tabIndex={0} role="region" aria-label="The record's value">
      {prettyPrinted(text)}
    </pre>
  );
}

function prettyPrinted(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Partial({ letter }: { letter: Page }) {
  return (
    <Card title="It cannot be replayed">
      <p>
        This letter does not hold the whole record. That lies in the topic {letter.topic}, partition {letter.partition}, at offset{" "}
        {letter.offset}, until it is too old for its topic.
      </p>
    </Card>
  );
}

function Replay({ letter }: { letter: Page }) {
  const command = `makegood dead-letters replay ${letter.id}`;
  const copied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command).catch(() => undefined);
    copied.value = true;
    announce("Copied.");
  };
  if (letter.replayed_at) return null;
  if (!letter.whole) return <Partial letter={letter} />;
  return (
    <Card title="To replay it">
      <p>Fix the cause first: what wrote it, or the version that could not read it. Then, where Makegood runs:</p>
      <p class="command">
        <code>{command}</code>
        <button type="button" class="button small" onClick={() => void copy()}>
          {copied.value ? "Copied" : "Copy"}
        </button>
      </p>
      <p class="muted small">It is sent to {letter.topic} once, and noted here in the same transaction: it cannot be replayed twice.</p>
    </Card>
  );
}
