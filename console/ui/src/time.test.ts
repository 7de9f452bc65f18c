import { describe, expect, test } from "vitest";
import { atHour, countdown, daysToMonday, duration, exact, fromInput, moment, relative, toInput } from "./time";

const at = (iso: string) => Date.parse(iso);
const HOUR = 3_600_000;

test.each([
  [9_999, "9 s"],
  [60_000, "1 min"],
  [HOUR * 3 + 300_000, "3 h 5 min"],
  [HOUR * 52, "2 d 4 h"],
  [HOUR * 24 * 44, "44 d"],
  [-5, "0 s"],
])("%d ms last %s", (ms, text) => expect(duration(ms)).toBe(text));

test("what is past and what is to come are told apart", () => {
  const now = at("2026-11-25T12:00:00Z");
  expect([relative(now - 4_000, now), relative(now - 8 * 60_000, now), relative(now + 2.5 * HOUR, now)]).toEqual([
    "just now",
    "8 min ago",
    "in 2 h",
  ]);
  expect(countdown(249_999)).toBe("4:09");
});

describe("in a zone", () => {
  test("a moment of today needs no day, others do", () => {
    const now = at("2026-11-25T23:30:00Z");
    expect(moment(at("2026-11-25T22:10:00Z"), now, "UTC")).toBe("22:10");
    expect(moment(at("2026-11-25T22:10:00Z"), now, "Europe/Berlin")).toBe("Wed 25 Nov, 23:10");
    expect(exact(at("2026-11-25T22:10:05Z"), "UTC")).toContain("22:10:05 UTC");
  });

  test("tomorrow at nine is nine by the wall clock, also across a change of clocks", () => {
    expect(atHour(at("2026-03-28T20:00:00Z"), 1, 9, "Europe/Berlin")).toBe(at("2026-03-29T07:00:00Z"));
    expect(atHour(at("2026-10-24T20:00:00Z"), 1, 9, "Europe/Berlin")).toBe(at("2026-10-25T08:00:00Z"));
    expect(daysToMonday(at("2026-11-22T23:30:00Z"), "Europe/Berlin")).toBe(7);
  });

  test("what an input shows is what it names", () => {
    const shown = toInput(at("2026-07-01T10:15:00Z"), "America/New_York");
    expect([shown, fromInput(shown, "America/New_York"), fromInput("", "UTC")]).toEqual([
      "2026-07-01T06:15",
      at("2026-07-01T10:15:00Z"),
      null,
    ]);
  });
});
