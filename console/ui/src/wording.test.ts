import { expect, test } from "vitest";
import { actorName, joinWords, money, plural, shortMoney, verbLabel } from "./wording";

test("things are counted and listed in words", () => {
  expect([plural(1, "task"), plural(5000, "task"), joinWords(["a", "b", "c"])]).toEqual(["1 task", "5,000 tasks", "a, b and c"]);
});

test("what nobody asked for was done by Makegood", () => {
  expect([actorName("makegood"), actorName("ann")]).toEqual(["Makegood", "ann"]);
});

test("money is written whatever a policy calls its currency", () => {
  expect([money(400_000, "EUR"), shortMoney(400_000, "EUR")]).toEqual(["€400,000", "€400k"]);
  expect([money(1_234.5, "points"), shortMoney(400_000, "EURO"), money(12, "")]).toEqual(["1,235 points", "400k EURO", "12"]);
  expect(money(12, "xyz")).toContain("XYZ");
});

test("a verb of a newer board reads as its words", () => {
  expect([verbLabel("snooze"), verbLabel("hand_over")]).toEqual(["Snooze", "Hand over"]);
});
