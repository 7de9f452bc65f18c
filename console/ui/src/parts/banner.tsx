/** Says when what is shown is not live, and since when. */
import { silentSince } from "../live";
import { clockTime, duration, now } from "../time";

export function Banner() {
  const since = silentSince.value;
  return (
    <div role="alert" class="banner-place">
      {since !== null && (
        <p class="banner">
          <strong>Not live since {clockTime(since)}.</strong> What you see is as it was then.{" "}
          <span aria-hidden="true">Trying to connect again; silent for {duration(now.value - since)}.</span>
        </p>
      )}
    </div>
  );
}
