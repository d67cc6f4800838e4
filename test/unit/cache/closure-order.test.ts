import { expect, test } from "bun:test";
import type { ClosurePath } from "../../../src/cache/closure.ts";
import { inDependencyOrder } from "../../../src/cache/closure-order.ts";

/** Paths by their names, with the names they refer to. */
function paths(references: Readonly<Record<string, readonly string[]>>): ClosurePath[] {
  return Object.entries(references).map(([storePath, names]) => ({
    storePath,
    narUrl: "http://cache/nar",
    substituter: "http://cache/",
    compression: "none",
    narHash: "sha256:0",
    narSize: 1,
    references: names,
    signatures: [],
  }));
}

const order = (references: Readonly<Record<string, readonly string[]>>) =>
  inDependencyOrder(paths(references)).map(({ storePath }) => storePath);

test("paths come after those they refer to", () => {
  expect(order({ top: ["a", "b"], a: ["c"], b: ["a", "c"], c: [] })).toEqual([
    "c",
    "a",
    "b",
    "top",
  ]);
});

test("references to the path itself and to others do not count", () => {
  expect(order({ a: ["a", "b", "elsewhere"], b: ["b"] })).toEqual(["b", "a"]);
});

test("paths that refer to nothing stay as they came", () => {
  expect(order({ c: [], a: [], b: [] })).toEqual(["c", "a", "b"]);
});

test("a chain of any length is followed", () => {
  const length = 100_000;
  const chain = Object.fromEntries(
    Array.from({ length }, (_, index) => [`p${index}`, [`p${index + 1}`]]),
  );
  expect(order(chain).at(0)).toBe(`p${length - 1}`);
});

test("a circle is refused", () => {
  expect(() => order({ top: ["a"], a: ["b"], b: ["c"], c: ["a"] })).toThrow(
    "store paths refer to each other in a circle: top -> a -> b -> c",
  );
});
