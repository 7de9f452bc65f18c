import { expect, test } from "vitest";
import { deliveryState, deliveryText } from "./delivery";

test.each([
  ["delivered", "notified", "desk was notified"],
  ["failed", "waiting", "desk failed, will be retried"],
  ["unrouted", "failed", "desk has no destination configured"],
  ["suppressed", "unsent", "desk was not notified"],
  ["something_new", "unsent", "desk something new"],
])("the outcome %s is %s, and reads %s", (outcome, state, text) => {
  expect([deliveryState(outcome), deliveryText("desk", outcome)]).toEqual([state, text]);
});
