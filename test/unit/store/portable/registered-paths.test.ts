import { expect, test } from "bun:test";
import { compareNames } from "../../../../src/store/portable/registered-paths.ts";

const store = { registration: undefined, database: true };

test("what is there and what is registered must be the same", () => {
  compareNames({ ...store, names: ["a", "b"] }, ["b", "a"]);
  expect(() => compareNames({ ...store, names: ["a"] }, ["a", "b"])).toThrow(
    "contradicts itself: b is registered but missing",
  );
  expect(() => compareNames({ ...store, names: ["a", "c", "d"] }, ["a"])).toThrow(
    "contradicts itself: c is there but not registered (and 1 more like it)",
  );
});
