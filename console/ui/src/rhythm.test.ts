import { expect, test } from "vitest";
import { inWords } from "./rhythm";
import type { Rhythm } from "./types";

const weekly: Rhythm = {
  purchase_days: 12,
  usual_days: 7,
  silent_days: 21,
  last_on: "2026-05-03T00:00:00Z",
  alert_from_days: 15,
  least_purchase_days: 3,
};

test("the present silence is told as so many of the customer's own gaps", () => {
  expect(inWords(weekly)).toContain("Bought on 12 days, the last on 3 May 2026, every 7 days on average; silent for 3 times that.");
});

test("a silence of just one gap is as long, not 1 times that", () => {
  expect(inWords({ ...weekly, silent_days: 7.2 })).toContain("every 7 days on average; silent for as long.");
});

test("before the floor of the policy it is told from when on silence may raise an alert", () => {
  expect(inWords({ ...weekly, silent_days: 8 })).toContain("may raise an alert from 15 days on");
  expect(inWords(weekly)).toContain("may raise an alert by now");
});

test("who has bought too rarely is told to raise no alert by silence", () => {
  expect(inWords({ ...weekly, purchase_days: 2, alert_from_days: null })).toContain("raises no alert before 3 purchase days");
});

test("one purchase day is no rhythm", () => {
  expect(inWords({ ...weekly, purchase_days: 1, usual_days: null, alert_from_days: null })).toBe(
    "Bought on one day, the last on 3 May 2026: a rhythm takes two.",
  );
});
