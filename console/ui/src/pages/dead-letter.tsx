/** One dead letter: what is wrong with it, its bytes as they came, and how to send it again. */
import { useSignal } from "@preact/signals";
import { useKeys } from "../keys";
import { PageTitle } from "../parts/page-title";
import { Failed, Skeleton } from "../parts/states";
import { When } from "../parts/when";
import { go } from "../router";
import { say } from "../store/actions";
import { useLoaded } from "../store/loading";
import type { DeadLetterPage as Page } from "../types";
import { capital, many } from "../wording";
import { Card, Fact } from "./task";

export function DeadLetterPage({ id }: { id: string }) {
  const { state, reload } = useLoaded<Page>(
    `dead-letters/${encodeURIComponent(id)}`,
    (event) => event.kind === "dead_letter" && event.row.id === id,
  );
  const { data, error } = state.value;
  useKeys({ leave: () => go("/dead-letters") });
  if (!data)
    return (
      <div class="page">
        <PageTitle unseen>Dead letter {id}</PageTitle>
        {error ? <Failed error={error} again={reload} /> : <Skeleton lines={10} />}
      </div>
    );
  return (
    <div class="page">
      <div class="page-head">
        <PageTitle>{capital(data.fault)}</PageTitle>
        <span class="muted">{data.id}</span>
      </div>
      <div class="columns-2">
        <div class="stack">
          <Card title="What is wrong">
            <p class="sentence">{data.error}</p>
          </Card>
          <Card title={`The record, ${many(data.size, "byte")}`}>
            <Value text={data.value_text} />
          </Card>
          <Replay letter={data} />
        </div>
        <section class="card" aria-label="Facts">
          <dl class="facts">
            <Fact label="Arrived">
              <When at={data.at} focusable />
            </Fact>
            <Fact label="Sent again">{data.replayed_at ? <When at={data.replayed_at} focusable /> : "not yet"}</Fact>
            <Fact label="Topic">{data.topic}</Fact>
            <Fact label="Partition">{data.partition}</Fact>
            <Fact label="Offset">{data.offset}</Fact>
            <Fact label="Key">{data.key ?? "none"}</Fact>
            {data.headers.map(([name, value]) => (
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
    <pre tabIndex={0} aria-label="The record's value">
      {laidOut(text)}
    </pre>
  );
}

function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Replay({ letter }: { letter: Page }) {
  const command = `makegood dead-letters replay ${letter.id}`;
  const copied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command).catch(() => undefined);
    copied.value = true;
    say("Copied.");
  };
  if (letter.replayed_at) return null;
  return (
    <Card title="To send it again">
      <p>Mend the cause first: what wrote it, or the version that could not read it. Then, where Makegood runs:</p>
      <p class="command">
        <code>{command}</code>
        <button type="button" class="button small" onClick={() => void copy()}>
          {copied.value ? "Copied" : "Copy"}
        </button>
      </p>
      <p class="muted small">It is sent to {letter.topic} once, and noted here in the same transaction: nobody sends it twice.</p>
    </Card>
  );
}
