import { expect, test } from "vitest";
import { zone } from "./time";
import { joinWords, plural, refusalText, withLocalTimes, withoutCustomer } from "./wording";

test.each([
  ["Hotel (tier A, high-impact: the five questions total 10 of 10 (from 7 on)) rated 2 of 10", "Hotel", "rated 2 of 10"],
  ["Hotel (tier B): a payment failed", "Hotel", "a payment failed"],
  ["Somebody else wrote (badly)", "Hotel", "Somebody else wrote (badly)"],
  ["Hotel (tier A", "Hotel", "Hotel (tier A"],
])("a sentence without its customer: %s", (sentence, name, rest) => {
  expect(withoutCustomer(sentence, name)).toBe(rest);
});

test("instants in a sentence are shown in the zone of the board", () => {
  zone.value = "Asia/Seoul";
  expect(withLocalTimes("acknowledged by lead at 2001-01-02 20:30 UTC")).toBe("acknowledged by lead at Wed 3 Jan, 05:30");
  zone.value = "UTC";
});

test("a refusal names the customer instead of the task's id", () => {
  expect(refusalText("T-1 is already resolved", "T-1", "Hotel")).toBe("Hotel is already resolved");
});

test("things are counted and listed in words", () => {
  expect([plural(1, "task"), plural(5000, "task"), joinWords(["a", "b", "c"])]).toEqual(["1 task", "5,000 tasks", "a, b and c"]);
});
