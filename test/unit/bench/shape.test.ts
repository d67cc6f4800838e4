import { expect, test } from "bun:test";
import { type PathShape, shapeGroup } from "../../bench/closure/shape.ts";
import { randomNumbers } from "../../support/nar-tree.ts";

/** The longest way down from a path; throws where paths refer to each other in a circle. */
function depthOf(group: readonly PathShape[]): number {
  const depths = new Map<number, number>();
  const under = new Set<number>();
  const visit = (index: number): number => {
    const known = depths.get(index);
    if (known !== undefined) return known;
    if (under.has(index)) throw new Error(`${index} refers to itself`);
    under.add(index);
    const below = group[index]?.references.map(visit) ?? [];
    const depth = 1 + Math.max(0, ...below);
    depths.set(index, depth);
    return depth;
  };
  const depth = visit(0);
  expect(depths.size).toBe(group.length);
  return depth;
}

test("a group has the bytes, the files and the levels of a small server, all below its first path", () => {
  const group = shapeGroup(999, 1.18e9, randomNumbers(1));
  const total = group.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(Math.abs(total / 1.18e9 - 1)).toBeLessThan(0.001);
  const files = group.reduce((sum, shape) => sum + shape.files, 0);
  expect(Math.abs(files / 49_000 - 1)).toBeLessThan(0.02);
  const depth = depthOf(group);
  expect(depth).toBeGreaterThanOrEqual(15);
  expect(depth).toBeLessThanOrEqual(20);
  const sizes = group.map(({ bytes }) => bytes).toSorted((a, b) => a - b);
  expect(sizes.filter((size) => size > 1e8).length).toBe(3);
  expect(sizes[499]).toBeLessThan(20_000);
});

test("groups of other counts and sizes have all their paths below the first one", () => {
  for (const count of [1, 2, 19, 249]) {
    const group = shapeGroup(count, count * 1e5, randomNumbers(count));
    expect(group.length).toBe(count);
    depthOf(group);
  }
});

test("the same seed gives the same shapes", () => {
  const [one, other] = [1, 2].map(() => shapeGroup(50, 1e6, randomNumbers(7)));
  expect(one).toEqual(other);
});
