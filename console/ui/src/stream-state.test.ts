import { expect, test } from "vitest";
import { checkSilence, INITIAL_STREAM, retryDelay, SILENCE_MS, withMessage } from "./stream-state";

test("silence is noticed after nine seconds, and not before", () => {
  const stream = withMessage(INITIAL_STREAM, 1_000, 7);
  expect(checkSilence(stream, 1_000 + SILENCE_MS).live).toBe(true);
  expect(checkSilence(stream, 1_001 + SILENCE_MS)).toEqual({ lastChange: 7, heardAt: 1_000, live: false });
});

test("a beat keeps the place where the stream goes on", () => {
  expect(withMessage(withMessage(INITIAL_STREAM, 1, 7), 2, null)).toEqual({ lastChange: 7, heardAt: 2, live: true });
});

test("the first word after silence makes it live again", () => {
  const silent = checkSilence(withMessage(INITIAL_STREAM, 0, 7), 60_000);
  expect(withMessage(silent, 60_500, 8)).toEqual({ lastChange: 8, heardAt: 60_500, live: true });
});

test("before anything was heard nothing is called silent", () => {
  expect(checkSilence(INITIAL_STREAM, 1e12)).toBe(INITIAL_STREAM);
});

test("tries to connect become slower, up to five seconds", () => {
  expect([0, 1, 2, 3, 4, 20].map(retryDelay)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});
