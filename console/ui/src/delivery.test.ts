import { expect, test } from "vitest";
import { deliveryState, deliveryText, deliveryTitle } from "./delivery";

test.each([
  ["took it", "notified", "desk was notified"],
  ["failed, will be tried again", "waiting", "desk failed, will be retried"],
  ["has no destination", "failed", "desk has no destination configured"],
  ["something new", "unsent", "desk something new"],
])("the outcome %s is %s, and reads %s", (outcome, state, text) => {
  expect([deliveryState(outcome), deliveryText("desk", outcome)]).toEqual([state, text]);
});

test("the title of a delivery in a timeline reads alike, whatever the destination is called", () => {
  expect(deliveryTitle("the one that took it took it")).toBe("the one that took it was notified");
  expect(deliveryTitle("desk did something new")).toBe("desk did something new");
});
