import { expect, test } from "vitest";
import { me } from "./api";
import { label, slugsOf } from "./labels";
import type { Me } from "./types";

test("a slug is shown as it is called, and one of a later version as its words", () => {
  me.value = { labels: { cause: { late_delivery: "verspätete Lieferung" } } } as unknown as Me;
  expect([label("cause", "late_delivery"), label("cause", "wrong_goods"), label("fault", "not_json")]).toEqual([
    "verspätete Lieferung",
    "wrong goods",
    "not json",
  ]);
  expect(slugsOf("cause")).toEqual(["late_delivery"]);
});
