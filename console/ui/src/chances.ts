/** The chance of leaving and its signals over time: who was there from when to when, and how it is said. */
import { date } from "./time";
import type { ChanceStep } from "./types";
import { percent } from "./wording";

export interface Span {
  from: number;
  to: number;
  share: number;
}

export interface Row {
  name: string;
  called: string;
  spans: Span[];
}

export const CHANCE = "chance of leaving";

/** A row for the chance and for each signal that ever was, in the order in which they came. */
export function rowsOf(steps: readonly ChanceStep[], until: number): Row[] {
  const rows = new Map<string, Row>([[CHANCE, { name: CHANCE, called: CHANCE, spans: [] }]]);
  steps.forEach((step, place) => {
    const from = Date.parse(step.at);
    const to = Date.parse(steps[place + 1]?.at ?? "") || until;
    if (step.level === null) return; // nothing is told of the time between two alerts
    rows.get(CHANCE)?.spans.push({ from, to, share: step.chance });
    for (const { name, called, strength } of step.signals) {
      const row = rows.get(name) ?? { name, called, spans: [] };
      rows.set(name, row);
      row.spans.push({ from, to, share: strength });
    }
  });
  return [...rows.values()].filter((row) => row.spans.length > 0);
}

/** "55% now, at most 75%", "gone since 3 May 2026, at most 40%" */
export function inWords({ spans }: Row, until: number): string {
  const last = spans.at(-1);
  if (!last) return "";
  const most = `at most ${percent(Math.max(...spans.map((span) => span.share)))}`;
  return last.to < until ? `gone since ${date(last.to)}, ${most}` : `${percent(last.share)} now, ${most}`;
}
