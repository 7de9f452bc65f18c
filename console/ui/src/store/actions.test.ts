/** The console's answers and the live stream, in the orders in which they can come. The network is a stand-in; everything else is the board's own. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Verb } from "../types";

class Stream extends EventTarget {
  static newest: Stream;
  onerror: unknown = null;
  constructor() {
    super();
    Stream.newest = this;
  }
  close(): void {}
  /** What the console tells of a command. */
  tell(id: string, state: "sent" | "done"): void {
    const data = JSON.stringify({ id, task: "T-0", verb: "acknowledge", actor: "ann", at: "2026-11-27T03:00:00Z", state, sentence: null });
    this.dispatchEvent(new MessageEvent("command", { data }));
  }
}

let answer: (status: number, body: object) => void;
const asked = () => vi.fn(() => new Promise<Response>((resolve) => (answer = (status, body) => resolve(Response.json(body, { status })))));
const settled = () => new Promise((resolve) => setTimeout(resolve));
const task = { id: "T-0", customer: "C-0", customer_name: "Hotel" };

async function board() {
  vi.resetModules();
  vi.stubGlobal("location", { pathname: "/", search: "" });
  vi.stubGlobal("EventSource", Stream);
  vi.stubGlobal("fetch", asked());
  const [actions, operations, stream] = await Promise.all([import("./actions"), import("./operations"), import("../live-stream")]);
  actions.startOperations();
  stream.openStream();
  const shown = () => actions.operations.peek().map((one) => [one.verb, operations.stateOf(one), operations.summaryOf(one)]);
  return { ...actions, shown };
}

describe("what one asked for", () => {
  let page: Awaited<ReturnType<typeof board>>;
  const act = (verb: Verb = "acknowledge") => void page.runAction(verb, [task], {});
  beforeEach(async () => {
    page = await board();
  });

  test("is done where the stream told so before a console that waited for Kafka said that it does not know", async () => {
    act();
    Stream.newest.tell("K-1", "sent");
    Stream.newest.tell("K-1", "done");
    answer(503, { results: [{ state: "unknown", command: "K-1", error: "it is not known whether it was sent" }] });
    await settled();
    expect(page.shown()).toEqual([["acknowledge", "done", "Acknowledged: Hotel"]]);
  });

  test("stays decided where an undo, which waited meanwhile, was not sent", async () => {
    act();
    answer(202, { results: [{ state: "sent", command: "K-1", error: null }] });
    await settled();
    page.undoLast();
    Stream.newest.tell("K-1", "done");
    answer(503, { results: [{ state: "not_sent", command: null, error: "not sent: Kafka does not answer" }] });
    await settled();
    expect(page.shown()).toEqual([
      ["acknowledge", "done", "Acknowledged: Hotel"],
      ["undo", "refused", "Not sent: Kafka does not answer"],
    ]);
  });
});
