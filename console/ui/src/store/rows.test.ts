import { describe, expect, test } from "vitest";
import type { Task } from "../types";
import {
  comparatorFor,
  countPending,
  type Filter,
  matchesFields,
  matchesWords,
  rowsOf,
  upsert,
  visibleTasks,
  withoutCustomerTasks,
  withPending,
} from "./rows";

const task = (id: string, changed: Partial<Task> = {}): Task => ({
  id,
  version: 1,
  customer: `C-${id}`,
  customer_name: `Café ${id}`,
  tier: "A",
  hic: false,
  hic_why: null,
  hic_because: null,
  chance: 0.1,
  cause: "late_delivery",
  status: "open",
  priority: "P2",
  score: 70,
  why: { code: "delivered_late", values: { order: "o1", late_hours: 31 }, said: null },
  sentence: "got order o1 31 hours later than promised",
  owner: "Jo",
  next_step: "",
  opened_at: "2026-11-25T08:00:00Z",
  due_at: "2026-11-25T12:00:00Z",
  snoozed_until: null,
  changed_at: "2026-11-25T08:00:00Z",
  changed_by: "makegood",
  moved_at: "2026-11-25T08:00:00Z",
  moved_by: "makegood",
  acknowledged_at: null,
  acknowledged_by: null,
  regressions: 0,
  responded: false,
  pending: null,
  delivery: null,
  ...changed,
});
const everything: Filter = { view: "open", priority: [], tier: [], cause: [], status: [], owner: [], q: "" };
const queue = comparatorFor("open");
const ids = (frozen: Parameters<typeof visibleTasks>[0]) => visibleTasks(frozen).map((one) => one.id);

describe("the queue's order", () => {
  test("is by priority, then by time to breach; who was answered or put off comes after", () => {
    const tasks = [
      task("late", { due_at: "2026-11-25T11:00:00.5Z" }),
      task("later", { due_at: "2026-11-25T11:00:01Z" }),
      task("answered", { due_at: "2026-11-25T01:00:00Z", status: "contacted", responded: true }),
      task("urgent", { priority: "P1", due_at: "2026-11-26T11:00:00Z" }),
    ];
    expect(ids(rowsOf(tasks.reverse(), queue))).toEqual(["urgent", "late", "later", "answered"]);
  });

  test("is by the last change where tasks are closed", () => {
    const tasks = [task("a", { changed_at: "2026-11-25T08:00:00Z" }), task("b", { changed_at: "2026-11-25T09:00:00Z" })];
    expect(ids(rowsOf(tasks, comparatorFor("closed")))).toEqual(["b", "a"]);
  });
});

describe("rows that are frozen", () => {
  const three = rowsOf([task("a"), task("b"), task("c")], queue);

  test("keep their places while new ones wait", () => {
    const frozen = upsert(three, task("new", { priority: "P1" }), true);
    expect(ids(frozen)).toEqual(["a", "b", "c"]);
    expect(countPending(frozen, queue)).toEqual({ added: 1, moved: 0, leaving: 0 });
    expect(ids(withPending(frozen, queue))).toEqual(["new", "a", "b", "c"]);
  });

  test("keep their places when they would move, and one that moved past two counts once", () => {
    const frozen = upsert(three, task("c", { priority: "P1" }), true);
    expect(ids(frozen)).toEqual(["a", "b", "c"]);
    expect(visibleTasks(frozen)[2]?.priority).toBe("P1");
    expect(countPending(frozen, queue)).toEqual({ added: 0, moved: 1, leaving: 0 });
  });

  test("stay until changes are applied when they do not belong any more, and come back if they do again", () => {
    const gone = upsert(three, task("b", { status: "resolved" }), false);
    expect(ids(gone)).toEqual(["a", "b", "c"]);
    expect(countPending(gone, queue).leaving).toBe(1);
    expect(ids(withPending(gone, queue))).toEqual(["a", "c"]);
    expect(countPending(upsert(gone, task("b"), true), queue)).toEqual({ added: 0, moved: 0, leaving: 0 });
  });

  test("are there once, however often a change comes", () => {
    const twice = upsert(upsert(three, task("new"), true), task("new"), true);
    expect(ids(withPending(twice, queue))).toEqual(["a", "b", "c", "new"]);
  });

  test("are forgotten at once with their customer", () => {
    expect(ids(withoutCustomerTasks(three, "C-b"))).toEqual(["a", "c"]);
  });
});

describe("a filter", () => {
  test.each<[string, Partial<Filter>, boolean]>([
    ["lets all open ones through", {}, true],
    ["asks for closed ones", { view: "closed" }, false],
    ["takes any of its values", { priority: ["P1", "P2"], tier: ["A"] }, true],
    ["needs every field to fit", { priority: ["P2"], owner: ["Ann"] }, false],
    ["finds all words, in any case and order", { q: "ORDER café" }, true],
    ["needs all words", { q: "café missing" }, false],
  ])("%s", (_, wanted, fits) => {
    const filter = { ...everything, ...wanted };
    expect(matchesFields(task("a"), filter) && matchesWords(task("a"), filter)).toBe(fits);
  });
});
