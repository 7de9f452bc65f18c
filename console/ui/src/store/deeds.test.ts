import { describe, expect, test } from "vitest";
import type { Command } from "../types";
import { type Deed, type Result, begun, canUndo, decided, isWaiting, sent, stateOf, told, unsent } from "./deeds";

const subject = (id: string) => ({ id, customer: `C-${id}`, customer_name: `Hotel ${id}` });
const told_of = (id: string, state: Command["state"], sentence = ""): Command => ({ id, task: "T", verb: "acknowledge", actor: "ann", at: "", state, sentence });
const asked = (count: number): Deed => {
  const subjects = Array.from({ length: count }, (_, place) => subject(`T-${place}`));
  return sent(begun(1, "acknowledge", subjects), subjects.map((one) => ({ state: "sent", command: `K-${one.id}`, error: null })), 1_000);
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
    const deed = { ...begun(1, "acknowledge", [subject("T-0")]), failure: "Not sent for Hotel T-0: sign in first" };
    expect([told(deed), isWaiting(deed), canUndo(deed, 0)]).toEqual(["Not sent for Hotel T-0: sign in first", false, false]);
    expect(unsent(deed)).toEqual(deed.items);
  });

  const missed = (state: Result["state"], place: number): Result => ({ state, command: state === "unknown" ? `K-T-${place}` : null, error: `${state} said the console.` });
  const answered = (...states: Result["state"][]): Deed => sent(asked(states.length), states.map((state, place) => (state === "sent" ? { state, command: `K-T-${place}`, error: null } : missed(state, place))), 1_000);

  test("that Kafka did not take is told in the console's words, stays, and has no way back", () => {
    const deed = answered("not_sent");
    expect([told(deed), stateOf(deed), isWaiting(deed), canUndo(deed, 1_000)]).toEqual(["Not_sent said the console.", "refused", false, false]);
  });

  test("of which nobody knows is told so until the live stream tells of it", () => {
    const deed = answered("unknown");
    expect([told(deed), stateOf(deed), canUndo(deed, 1_000)]).toEqual(["Unknown said the console.", "refused", false]);
    const arrived = decided(deed, told_of("K-T-0", "sent"), 2_000);
    expect([told(arrived), stateOf(arrived), unsent(arrived)]).toEqual(["Acknowledge: sent, Hotel T-0", "sent", []]);
    expect(told(decided(arrived, told_of("K-T-0", "done"), 3_000))).toBe("Acknowledged: Hotel T-0");
  });

  test("for several tells what was sent and what not, and offers only the latter again", () => {
    const deed = answered("sent", "not_sent", "unknown", "refused");
    expect(told(deed)).toBe("1 sent, 1 refused, 1 not sent, 1 of which nobody knows whether it was sent. Nothing tries again by itself: click again when the board is live.");
    expect(unsent(deed).map((item) => item.task)).toEqual(["T-1", "T-2"]);
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
