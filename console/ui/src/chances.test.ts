import { expect, test } from "vitest";
import { CHANCE, inWords, rowsOf } from "./chances";
import type { ChanceStep } from "./types";

const MAY = (day: number) => `2026-05-${String(day).padStart(2, "0")}T00:00:00.000Z`;
const NOW = Date.parse(MAY(20));
const silence = { name: "silence", called: "silence", strength: 0.5 };
const burst = { name: "ticket_burst", called: "many tickets", strength: 0.3 };
const steps: ChanceStep[] = [
  { at: MAY(1), chance: 0.5, level: "watch", signals: [silence] },
  { at: MAY(5), chance: 0.65, level: "warning", signals: [silence, burst] },
  { at: MAY(9), chance: 0.1, level: null, signals: [] },
  { at: MAY(15), chance: 0.4, level: "watch", signals: [burst] },
];

test("each signal is drawn while it was there, and nothing is told of the time between two alerts", () => {
  const rows = rowsOf(steps, NOW);
  expect(rows.map((row) => row.name)).toEqual([CHANCE, "silence", "ticket_burst"]);
  expect(rows[0]?.spans.map((span) => [span.from, span.to])).toEqual([
    [Date.parse(MAY(1)), Date.parse(MAY(5))],
    [Date.parse(MAY(5)), Date.parse(MAY(9))],
    [Date.parse(MAY(15)), NOW],
  ]);
});

test("what is gone says since when, what is there says how much", () => {
  const [chance, gone] = rowsOf(steps, NOW).map((row) => inWords(row, NOW));
  expect(chance).toBe("40% now, at most 65%");
  expect(gone).toBe("gone since 9 May 2026, at most 50%");
});

test("no alert has no rows", () => {
  expect(rowsOf([], NOW)).toEqual([]);
});
