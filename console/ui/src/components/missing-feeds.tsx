/** What the judgement lives on and does not get: one line a feed, that says what stays unknown and what to connect or to check. */
import { useQuery } from "../store/use-query";
import { coarseNow, duration, moment, now } from "../time";
import type { Feed, Feeds, LiveEvent } from "../types";

const MISSING: Record<string, string> = {
  business:
    "No purchases or annual values arrive: tiers are unknown, and only who is declared high-impact is protected. Connect your shop, your billing or your CRM.",
  answers: "No survey answers arrive: nobody knows how content customers are. Connect your surveys.",
  tickets: "No tickets arrive: trouble with service stays unseen. Connect your ticketing system.",
};

/** What stopped, and what follows from it while it has. */
const DRIED_UP: Record<string, [what: string, follows: string]> = {
  purchases: ["No purchases", "Customers look silent who may not be. Check the connection to your shop or your billing."],
  values: ["No annual values", "Customers are judged by what they were worth then. Check the connection to your billing or your CRM."],
  answers: ["No survey answers", "Nobody knows how content customers are now. Check the connection to your surveys."],
  tickets: ["No tickets", "Trouble with service stays unseen. Check the connection to your ticketing system."],
};

/** A feed dries up without an event that says so. */
const LOOK_EVERY_MS = 5 * 60_000;
let someAreNamed = false;
let loadedAt = 0;

/** While a feed is named it is looked for with every beat, so that the line goes when the feed comes. */
const isRelevant = (event: LiveEvent) => event.kind === "beat" && (someAreNamed || now.peek() - loadedAt > LOOK_EVERY_MS);

export function MissingFeeds() {
  const { state } = useQuery<Feeds>("feeds", isRelevant);
  const { missing = [], feeds = [] } = state.value.data ?? {};
  const dried = feeds.filter((one) => one.dried_up);
  someAreNamed = missing.length + dried.length > 0;
  loadedAt = now.peek();
  if (!someAreNamed) return null;
  return (
    <div role="status">
      {missing.map((feed) => (
        <p key={feed} class="notice" data-feed={feed}>
          {MISSING[feed] ?? `Nothing arrives of ${feed}.`}
        </p>
      ))}
      {dried.map((one) => (
        <p key={one.feed} class="notice" data-feed={one.feed}>
          {driedUpText(one)}
        </p>
      ))}
    </div>
  );
}

/** "No tickets since Mon 23 Nov, 14:03 (5 d); before that the longest pause was 2 d 14 h. …" */
function driedUpText({ feed, last_arrived_at, silent_s, longest_pause_s }: Feed): string {
  const [what, follows] = DRIED_UP[feed] ?? [`Nothing of ${feed}`, ""];
  const since = moment(Date.parse(last_arrived_at ?? ""), coarseNow.value);
  return `${what} since ${since} (${duration((silent_s ?? 0) * 1000)}); before that the longest pause was ${duration((longest_pause_s ?? 0) * 1000)}. ${follows}`;
}
