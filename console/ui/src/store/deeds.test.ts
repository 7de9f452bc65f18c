import { describe, expect, test } from "vitest";
import type { Command } from "../types";
import { type Deed, begun, canUndo, decided, isWaiting, sent, stateOf, told } from "./deeds";

const subject = (id: string) => ({ id, customer: `C-${id}`, customer_name: `Hotel ${id}` });
const told_of = (id: string, state: Command["state"], sentence = ""): Command => ({
  id,
  task: "T",
  verb: "acknowledge",
  actor: "ann",
  at: "",
  state,
  sentence,
});
const asked = (count: number): Deed => {
  const subjects = Array.from({ length: count }, (_, place) => subject(`T-${place}`));
  return sent(
    begun(1, "acknowledge", subjects),
    subjects.map((one) => ({ command: `K-${one.id}`, error: null })),
    1_000,
  );
};

describe("what one asked for", () => {
  test("is sent when the console took it, until it is decided, and then done", () => {
    expect(stateOf(begun(1, "acknowledge", [subject("T-0")]))).toBe("asking");
    const deed = asked(1);
    expect(stateOf(deed)).toBe("sent");
    expect([told(deed), isWaiting(deed)]).toEqual(["Acknowledge: sent, Hotel T-0", true]);
    const done = decided(deed, told_of("K-T-0", "done"), 0);
    expect([told(done), isWaiting(done)]).toEqual(["Acknowledged: Hotel T-0", false]);
  });

  test("is refused in a sentence about the customer", () => {
    const refused = decided(asked(1), told_of("K-T-0", "refused", "T-0 is already acknowledged by bob at noon"), 0);
    expect(told(refused)).toBe("Refused: Hotel T-0 is already acknowledged by bob at noon");
  });

  test("for several is told by what came of each", () => {
    let deed = asked(3);
    expect(told(deed)).toBe("3 sent");
    deed = decided(decided(deed, told_of("K-T-0", "done"), 0), told_of("K-T-1", "refused", "no"), 0);
    expect(told(deed)).toBe("1 acknowledged, 1 sent, 1 refused");
  });

  test("that the console did not take says why", () => {
    const deed = { ...begun(1, "acknowledge", [subject("T-0")]), failure: "Kafka is away" };
    expect([told(deed), isWaiting(deed), canUndo(deed, 0)]).toEqual(["Not sent: Kafka is away", false, false]);
  });

  test("can be taken back for ten seconds, once, and not where all was refused", () => {
    const deed = asked(1);
    expect([canUndo(deed, 10_999), canUndo(deed, 11_000)]).toEqual([true, false]);
    expect(canUndo({ ...deed, takenBack: true }, 2_000)).toBe(false);
    expect(canUndo(decided(deed, told_of("K-T-0", "refused", "no"), 0), 2_000)).toBe(false);
  });

  test("that was decided late can be taken back for ten seconds from then", () => {
    const deed = decided(asked(1), told_of("K-T-0", "done"), 30_000);
    expect([canUndo(deed, 39_999), canUndo(deed, 40_000)]).toEqual([true, false]);
  });

  test("is not touched by what others asked for", () => {
    const deed = asked(1);
    expect(decided(deed, told_of("K-other", "done"), 0)).toBe(deed);
  });
});
