import { describe, expect, test } from "vitest";
import type { Command } from "../types";
import {
  type CommandResult,
  canUndo,
  newOperation,
  type Operation,
  stateOf,
  summaryOf,
  unsentItems,
  withDecision,
  withResults,
} from "./operations";

const subject = (id: string) => ({ id, customer: `C-${id}`, customer_name: `Hotel ${id}` });
const decision = (id: string, state: Command["state"], sentence = ""): Command => ({
  id,
  task: "T",
  verb: "acknowledge",
  actor: "ann",
  at: "",
  state,
  why: null,
  sentence,
});
const sentFor = (count: number): Operation => {
  const subjects = Array.from({ length: count }, (_, place) => subject(`T-${place}`));
  return withResults(
    newOperation(1, "acknowledge", subjects),
    subjects.map((one) => ({ state: "sent", command: `K-${one.id}`, error: null })),
    1_000,
  );
};

describe("what one asked for", () => {
  test("is sent when the console took it, until it is decided, and then done", () => {
    expect(stateOf(newOperation(1, "acknowledge", [subject("T-0")]))).toBe("sending");
    const operation = sentFor(1);
    expect(stateOf(operation)).toBe("sent");
    expect(summaryOf(operation)).toBe("Acknowledge: sent, Hotel T-0");
    const done = withDecision(operation, decision("K-T-0", "done"), 0);
    expect([summaryOf(done), stateOf(done)]).toEqual(["Acknowledged: Hotel T-0", "done"]);
  });

  test("is refused in a sentence about the customer", () => {
    const refused = withDecision(sentFor(1), decision("K-T-0", "refused", "is already acknowledged by bob at noon"), 0);
    expect(summaryOf(refused)).toBe("Refused: Hotel T-0 is already acknowledged by bob at noon");
  });

  test("for several is summed up by what came of each", () => {
    let operation = sentFor(3);
    expect(summaryOf(operation)).toBe("3 sent");
    operation = withDecision(withDecision(operation, decision("K-T-0", "done"), 0), decision("K-T-1", "refused", "no"), 0);
    expect(summaryOf(operation)).toBe("1 acknowledged, 1 sent, 1 refused");
  });

  test("that the console did not take says why", () => {
    const failure = "Not sent for Hotel T-0: sign in first";
    const operation = { ...newOperation(1, "acknowledge", [subject("T-0")]), failure };
    expect([summaryOf(operation), stateOf(operation), canUndo(operation, 0)]).toEqual([failure, "refused", false]);
    expect(unsentItems(operation)).toEqual(operation.items);
  });

  const missed = (state: CommandResult["state"], place: number): CommandResult => ({
    state,
    command: state === "unknown" ? `K-T-${place}` : null,
    error: `${state} said the console.`,
  });
  const answered = (...states: CommandResult["state"][]): Operation =>
    withResults(
      sentFor(states.length),
      states.map((state, place) => (state === "sent" ? { state, command: `K-T-${place}`, error: null } : missed(state, place))),
      1_000,
    );

  test("that Kafka did not take is told in the console's words, stays, and cannot be undone", () => {
    const operation = answered("not_sent");
    expect([summaryOf(operation), stateOf(operation), canUndo(operation, 1_000)]).toEqual(["Not_sent said the console.", "refused", false]);
  });

  test("of which nobody knows is told so until the live stream tells of it", () => {
    const operation = answered("unknown");
    expect([summaryOf(operation), stateOf(operation), canUndo(operation, 1_000)]).toEqual(["Unknown said the console.", "refused", false]);
    const arrived = withDecision(operation, decision("K-T-0", "sent"), 2_000);
    expect([summaryOf(arrived), stateOf(arrived), unsentItems(arrived)]).toEqual(["Acknowledge: sent, Hotel T-0", "sent", []]);
    expect(summaryOf(withDecision(arrived, decision("K-T-0", "done"), 3_000))).toBe("Acknowledged: Hotel T-0");
  });

  test("for several tells what was sent and what not, and offers only the latter again", () => {
    const operation = answered("sent", "not_sent", "unknown", "refused");
    expect(summaryOf(operation)).toBe(
      "1 sent, 1 refused, 1 not sent, 1 of which nobody knows whether it was sent. Nothing tries again by itself: click again when the board is live.",
    );
    expect(unsentItems(operation).map((item) => item.task)).toEqual(["T-1", "T-2"]);
  });

  test("can be undone for ten seconds, once, and not where all was refused", () => {
    const operation = sentFor(1);
    expect([canUndo(operation, 10_999), canUndo(operation, 11_000)]).toEqual([true, false]);
    expect(canUndo({ ...operation, undone: true }, 2_000)).toBe(false);
    expect(canUndo(withDecision(operation, decision("K-T-0", "refused", "no"), 0), 2_000)).toBe(false);
  });

  test("that was decided late can be undone for ten seconds from then", () => {
    const operation = withDecision(sentFor(1), decision("K-T-0", "done"), 30_000);
    expect([canUndo(operation, 39_999), canUndo(operation, 40_000)]).toEqual([true, false]);
  });

  test("is not touched by what others asked for", () => {
    const operation = sentFor(1);
    expect(withDecision(operation, decision("K-other", "done"), 0)).toBe(operation);
  });
});
