import { describe, expect, test } from "vitest";
import { type SlaFields, slaClock } from "./sla";

const HOUR = 3_600_000;
const due = Date.parse("2026-11-25T12:00:00Z");
const task = (changed: Partial<SlaFields> = {}): SlaFields => ({
  opened_at: "2026-11-24T12:00:00Z",
  due_at: "2026-11-25T12:00:00Z",
  status: "open",
  responded: false,
  snoozed_until: null,
  ...changed,
});

describe("the clock of a task", () => {
  test.each([
    ["plenty", 20 * HOUR, "20 h"],
    ["soon", 7 * HOUR + 300_000, "7 h 5 min"],
    ["very-soon", 0.9 * HOUR, "54 min"],
    ["very-soon", 249_000, "4:09"],
    ["breached", 0, "0 s late"],
    ["breached", -18 * HOUR - 240_000, "18 h late"],
  ])("is %s with %d ms left, and says %s", (state, left, short) => {
    const clock = slaClock(task(), due - left);
    expect([clock.state, clock.short]).toEqual([state, short]);
  });

  test("stops once the customer was answered, however late", () => {
    const clock = slaClock(task({ status: "contacted", responded: true }), due + HOUR);
    expect([clock.state, clock.short]).toEqual(["stopped", "answered"]);
  });

  test("stops while snoozed, and says for how long", () => {
    const clock = slaClock(task({ status: "snoozed", snoozed_until: "2026-11-25T14:30:00Z" }), due);
    expect([clock.state, clock.short]).toEqual(["stopped", "for 2 h 30 min"]);
  });

  test("goes on after somebody acknowledged: that answers nobody", () => {
    expect(slaClock(task({ status: "acknowledged" }), due + 1).state).toBe("breached");
  });
});
