/** Why a task has its priority: each addend a bar that begins where the one before ended, so that one sees them add up. */
import { language } from "../preferences";
import type { Addend, Priority } from "../types";
import { capitalize, points } from "../wording";
import { PriorityBadge } from "./badges";

export function Addends({ addends, score, priority }: { addends: readonly Addend[]; score: number; priority: Priority }) {
  let sum = 0;
  const full = Math.max(score, ...addends.map((addend) => addend.points), 1);
  const rows = addends.map((addend) => {
    const from = sum;
    sum += addend.points;
    return { ...addend, from: Math.min(from, sum) / full, length: Math.abs(addend.points) / full };
  });
  return (
    <table class="addends">
      <caption class="visually-hidden">Points that add up to the priority</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{capitalize(row.called)}</th>
            <td class="number">{points(row.points)}</td>
            <td class="bar" aria-hidden="true">
              <span style={{ left: `${row.from * 100}%`, width: `${row.length * 100}%` }} />
            </td>
            <td class="muted" lang={language.value}>
              {row.because}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Sum</th>
          <td class="number">{points(score)}</td>
          <td colSpan={2}>
            makes it <PriorityBadge priority={priority} />
          </td>
        </tr>
      </tfoot>
    </table>
  );
}
