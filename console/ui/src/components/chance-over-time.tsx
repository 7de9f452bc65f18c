/** The chance of leaving over time, and each signal below it: from when to when, and how strong. */
import { CHANCE, inWords, rowsOf, type Span } from "../chances";
import { language } from "../preferences";
import { coarseNow, date } from "../time";
import type { ChanceStep } from "../types";
import { capitalize } from "../wording";
import { Card } from "./fact";

export function ChanceOverTime({ steps }: { steps: readonly ChanceStep[] }) {
  const first = steps[0];
  return (
    <Card title="Signals over time" class="over-time">
      {first ? (
        <Drawn steps={steps} since={Date.parse(first.at)} />
      ) : (
        <p class="muted">No alert was ever raised for this customer, so no signal has a history.</p>
      )}
    </Card>
  );
}

function Drawn({ steps, since }: { steps: readonly ChanceStep[]; since: number }) {
  const until = Math.max(coarseNow.value, since + 1);
  const rows = rowsOf(steps, until);
  return (
    <table>
      <caption class="muted small">
        {date(since)} to {date(until)}
      </caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name} data-signal={row.name}>
            <th scope="row" lang={row.name === CHANCE ? "en" : language.value}>
              {capitalize(row.called)}
            </th>
            <td class="drawing">
              <svg aria-hidden="true" focusable="false">
                {row.spans.map((span) => (
                  <Bar key={span.from} span={span} since={since} until={until} chance={row.name === CHANCE} />
                ))}
              </svg>
            </td>
            <td>{inWords(row, until)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const HEIGHT = 22;

/** A chance is as high as it is; a signal is the fuller in colour, the stronger it is. */
function Bar({ span, since, until, chance }: { span: Span; since: number; until: number; chance: boolean }) {
  const at = (instant: number) => (100 * (instant - since)) / (until - since);
  const height = chance ? Math.max(1, HEIGHT * span.share) : 10;
  return (
    <rect
      class={chance ? "chance" : "sign"}
      x={`${at(span.from)}%`}
      width={`${Math.max(0.6, at(span.to) - at(span.from))}%`}
      y={chance ? HEIGHT - height : (HEIGHT - height) / 2}
      height={height}
      fill-opacity={chance ? 0.85 : 0.25 + 0.75 * span.share}
    />
  );
}
