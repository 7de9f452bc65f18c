import { describe, expect, test } from "vitest";
import { type KeyContext, SHORTCUTS, shortcutFor } from "./shortcuts";

const quiet: KeyContext = { typing: false, inDialog: false, onControl: false, singleKeys: true, prefix: null };
const press = (key: string, where: Partial<KeyContext> = {}, ctrlKey = false) =>
  shortcutFor({ key, ctrlKey, metaKey: false, altKey: false }, { ...quiet, ...where });

describe("a key", () => {
  test("has one meaning", () => {
    const keys = SHORTCUTS.flatMap((key) => key.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each(["j", "a", "x", "z", "?"])("%s acts by itself, unless single keys are off, one types, or a dialog is open", (key) => {
    expect(press(key)).not.toBeNull();
    expect([press(key, { singleKeys: false }), press(key, { typing: true }), press(key, { inDialog: true })]).toEqual([null, null, null]);
  });

  test("of two comes as a pair", () => {
    expect(press("a", { prefix: "g" })).toBe("go-alerts");
    expect(press("j", { prefix: "g" })).toBeNull();
  });

  test("with Ctrl opens the palette wherever one is, and nothing else is taken from the browser", () => {
    expect(press("k", { typing: true, singleKeys: false }, true)).toBe("palette");
    expect(press("a", {}, true)).toBeNull();
  });

  test("Enter on a link or button is theirs", () => {
    expect(press("Enter", { onControl: true })).toBeNull();
    expect(press("Enter", { singleKeys: false })).toBe("open");
  });
});
