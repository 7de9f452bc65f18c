/** Records that could not be read or decided: kept whole, until somebody fixes the cause and replays them. */
import { useSignal } from "@preact/signals";
import { get } from "../api";
import { EmptyState, ErrorState, Skeleton } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { When } from "../components/when";
import { label } from "../labels";
import { link } from "../router";
import { lastEventText } from "../store/queue";
import { useQuery } from "../store/use-query";
import type { DeadLetter, DeadLetters } from "../types";
import { capitalize, plural } from "../wording";

export function DeadLettersPage() {
  const { state, reload } = useQuery<DeadLetters>("dead-letters", (event) => event.kind === "dead_letter");
  const { data, error } = state.value;
  return (
    <div class="page">
      <div class="page-header">
        <PageTitle>Dead letters</PageTitle>
        {data && data.total > 0 && (
          <p class="muted">
            {plural(data.total, "record")} could not be read or decided
            {data.unrepaired !== undefined && `, ${data.unrepaired} not replayed yet`}. Nothing of them is lost.
          </p>
        )}
      </div>
      {error && <ErrorState error={error} retry={reload} />}
      {!data && !error && <Skeleton lines={8} />}
      {data?.letters.length === 0 && (
        <EmptyState title="No dead letters.">
          <p>Every record so far could be read and decided. {lastEventText()}</p>
        </EmptyState>
      )}
      {data && data.letters.length > 0 && <Letters first={data} />}
    </div>
  );
}

function Letters({ first }: { first: DeadLetters }) {
  const older = useSignal<DeadLetters[]>([]);
  const last = older.value.at(-1) ?? first;
  const letters = [...new Map([...older.value.flatMap((page) => page.letters), ...first.letters].map((one) => [one.id, one])).values()];
  letters.sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || (a.id < b.id ? 1 : -1));
  const more = async () => {
    const page = await get<DeadLetters>(`dead-letters?after=${encodeURIComponent(last.next ?? "")}`).catch(() => null);
    if (page) older.value = [...older.value, page];
  };
  return (
    <>
      <ul class="dead-letters card">
        {letters.map((letter) => (
          <Letter key={letter.id} letter={letter} />
        ))}
      </ul>
      {last.next && (
        <button type="button" class="button" onClick={() => void more()}>
          Older
        </button>
      )}
    </>
  );
}

/** The console gives the first bytes of each. */
const PREVIEW_BYTES = 160;

function Letter({ letter }: { letter: DeadLetter }) {
  return (
    <li data-letter={letter.id}>
      <p>
        <a href={link.deadLetter(letter.id)}>{capitalize(label("fault", letter.fault))}</a>
        <span class="muted">
          {" "}
          on {letter.topic}, <When at={letter.at} />
        </span>
        {letter.replayed_at && (
          <span class="good">
            {" "}
            replayed <When at={letter.replayed_at} />
          </span>
        )}
      </p>
      <p class="small">{letter.error}</p>
      <code>
        {letter.preview}
        {letter.size > PREVIEW_BYTES && "…"}
      </code>
    </li>
  );
}
