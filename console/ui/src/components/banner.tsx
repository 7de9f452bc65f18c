/** Says when what is shown is not live and since when, and when it is live but Kafka is away. */
import { beat, silentSince } from "../live-stream";
import { clockTime, duration, now } from "../time";
import { plural } from "../wording";

/** So many records behind, and the board says that it catches up. */
const FAR_BEHIND = 2_000;

export function Banner() {
  return (
    <div class="banner-place">
      <div role="alert">
        <NotLive />
      </div>
      <div role="status">
        <KafkaTrouble />
      </div>
    </div>
  );
}

function NotLive() {
  const since = silentSince.value;
  if (since === null) return null;
  return (
    <p class="banner">
      <strong>Not live since {clockTime(since)}.</strong> What you see is as it was then.{" "}
      <span aria-hidden="true">Trying to connect again; silent for {duration(now.value - since)}.</span>
    </p>
  );
}

function KafkaTrouble() {
  const status = beat.value;
  if (!status || silentSince.value !== null) return null;
  if (status.trouble) {
    const since = status.trouble_since ? ` Since ${clockTime(Date.parse(status.trouble_since))}.` : "";
    return (
      <p class="banner warm">
        {status.trouble}
        {since}
      </p>
    );
  }
  const behind = status.behind ?? 0;
  return behind > FAR_BEHIND ? (
    <p class="banner warm">The board catches up: {plural(behind, "record")} still to read. What you see is older than it could be.</p>
  ) : null;
}
