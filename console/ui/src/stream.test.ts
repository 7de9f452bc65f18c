import { expect, test } from "vitest";
import { BEGINNING, SILENCE_MS, heard, looked, waitBefore } from "./stream";

test("silence is noticed after nine seconds, and not before", () => {
  const stream = heard(BEGINNING, 1_000, 7);
  expect(looked(stream, 1_000 + SILENCE_MS).live).toBe(true);
  expect(looked(stream, 1_001 + SILENCE_MS)).toEqual({ last: 7, heardAt: 1_000, live: false });
});

test("a beat keeps the place where the stream goes on", () => {
  expect(heard(heard(BEGINNING, 1, 7), 2, null)).toEqual({ last: 7, heardAt: 2, live: true });
});

test("the first word after silence makes it live again", () => {
  const silent = looked(heard(BEGINNING, 0, 7), 60_000);
  expect(heard(silent, 60_500, 8)).toEqual({ last: 8, heardAt: 60_500, live: true });
});

test("before anything was heard nothing is called silent", () => {
  expect(looked(BEGINNING, 1e12)).toBe(BEGINNING);
});

test("tries to connect become slower, up to five seconds", () => {
  expect([0, 1, 2, 3, 4, 20].map(waitBefore)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});
