import { expect, test } from "vitest";
import { zone } from "./time";
import { inZone, listed, many, refusalOf, withoutCustomer } from "./wording";

test.each([
  ["Hotel (tier A, high-impact: the five questions total 10 of 10 (from 7 on)) rated 2 of 10", "Hotel", "rated 2 of 10"],
  ["Hotel (tier B): a payment failed", "Hotel", "a payment failed"],
  ["Somebody else wrote (badly)", "Hotel", "Somebody else wrote (badly)"],
  ["Hotel (tier A", "Hotel", "Hotel (tier A"],
])("a sentence without its customer: %s", (sentence, name, rest) => {
  expect(withoutCustomer(sentence, name)).toBe(rest);
});

test("instants in a sentence are told in the zone of the board", () => {
  zone.value = "Asia/Seoul";
  expect(inZone("acknowledged by lead at 2001-01-02 20:30 UTC")).toBe("acknowledged by lead at Wed 3 Jan, 05:30");
  zone.value = "UTC";
});

test("a refusal names the customer instead of the task's id", () => {
  expect(refusalOf("T-1 is already resolved", "T-1", "Hotel")).toBe("Hotel is already resolved");
});

test("things are counted and listed in words", () => {
  expect([many(1, "task"), many(5000, "task"), listed(["a", "b", "c"])]).toEqual(["1 task", "5,000 tasks", "a, b and c"]);
});
