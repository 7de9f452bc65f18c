/** A time: relative, with the absolute one and its zone on hover and focus; the key t turns all of them around. */
import { timeFormat } from "../preferences";
import { coarseNow, exact, moment, relative } from "../time";

export function When({ at, focusable }: { at: string | null; focusable?: boolean }) {
  if (at === null) return <span class="muted">never</span>;
  const instant = Date.parse(at);
  const shown = timeFormat.value === "absolute" ? moment(instant, coarseNow.value) : relative(instant, coarseNow.value);
  return (
    <time dateTime={at} data-tip={exact(instant)} {...(focusable ? { tabIndex: 0, class: "tip" } : { title: exact(instant) })}>
      {shown}
    </time>
  );
}
