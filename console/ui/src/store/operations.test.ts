import { describe, expect, test } from "vitest";
import type { Command } from "../types";
import { canUndo, isPending, newOperation, type Operation, stateOf, summaryOf, withDecision, withResults } from "./operations";

const subject = (id: string) => ({ id, customer: `C-${id}`, customer_name: `Hotel ${id}` });
const decision = (id: string, state: Command["state"], sentence = ""): Command => ({
  id,
  task: "T",
  verb: "acknowledge",
  actor: "ann",
  at: "",
  state,
  sentence,
});
const sentFor = (count: number): Operation => {
  const subjects = Array.from({ length: count }, (_, place) => subject(`T-${place}`));
  return withResults(
    newOperation(1, "acknowledge", subjects),
    subjects.map((one) => ({ command: `K-${one.id}`, error: null })),
    1_000,
  );
};

describe("what one asked for", () => {
  test("is sent when the console took it, until it is decided, and then done", () => {
    expect(stateOf(newOperation(1, "acknowledge", [subject("T-0")]))).toBe("sending");
    const operation = sentFor(1);
    expect(stateOf(operation)).toBe("sent");
    expect([summaryOf(operation), isPending(operation)]).toEqual(["Acknowledge: sent, Hotel T-0", true]);
    const done = withDecision(operation, decision("K-T-0", "done"), 0);
    expect([summaryOf(done), isPending(done)]).toEqual(["Acknowledged: Hotel T-0", false]);
  });

  test("is refused in a sentence about the customer", () => {
    const refused = withDecision(sentFor(1), decision("K-T-0", "refused", "T-0 is already acknowledged by bob at noon"), 0);
    expect(summaryOf(refused)).toBe("Refused: Hotel T-0 is already acknowledged by bob at noon");
  });

  test("for several is summed up by what came of each", () => {
    let operation = sentFor(3);
    expect(summaryOf(operation)).toBe("3 sent");
    operation = withDecision(withDecision(operation, decision("K-T-0", "done"), 0), decision("K-T-1", "refused", "no"), 0);
    expect(summaryOf(operation)).toBe("1 acknowledged, 1 sent, 1 refused");
  });

  test("that the console did not take says why", () => {
    const operation = { ...newOperation(1, "acknowledge", [subject("T-0")]), failure: "Kafka is away" };
    expect([summaryOf(operation), isPending(operation), canUndo(operation, 0)]).toEqual(["Not sent: Kafka is away", false, false]);
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
