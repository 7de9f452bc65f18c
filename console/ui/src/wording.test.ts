import { expect, test } from "vitest";
import { actorName, joinWords, plural } from "./wording";

test("things are counted and listed in words", () => {
  expect([plural(1, "task"), plural(5000, "task"), joinWords(["a", "b", "c"])]).toEqual(["1 task", "5,000 tasks", "a, b and c"]);
});

test("what nobody asked for was done by Makegood", () => {
  expect([actorName("makegood"), actorName("ann")]).toEqual(["Makegood", "ann"]);
});
