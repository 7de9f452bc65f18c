/** What the judgement lives on and does not get: one line a feed, that says what stays unknown and what to connect. */
import { useQuery } from "../store/use-query";
import type { Feeds, LiveEvent } from "../types";

const MISSING: Record<string, string> = {
  business:
    "No purchases or annual values arrive: tiers are unknown, and only who is declared high-impact is protected. Connect your shop, your billing or your CRM.",
  answers: "No survey answers arrive: nobody knows how content customers are. Connect your surveys.",
  tickets: "No tickets arrive: trouble with service stays unseen. Connect your ticketing system.",
};

let someAreMissing = false;

/** What is missing is looked for with every beat, so that the line goes when the feed comes. */
const isRelevant = (event: LiveEvent) => someAreMissing && event.kind === "beat";

export function MissingFeeds() {
  const { state } = useQuery<Feeds>("feeds", isRelevant);
  const missing = state.value.data?.missing ?? [];
  someAreMissing = missing.length > 0;
  if (missing.length === 0) return null;
  return (
    <div role="status">
      {missing.map((feed) => (
        <p key={feed} class="notice" data-feed={feed}>
          {MISSING[feed] ?? `Nothing arrives of ${feed}.`}
        </p>
      ))}
    </div>
  );
}
