import { expect, test } from "bun:test";
import { peakMemory } from "../../../src/run/peak-memory.ts";

test("is what the process had at least, in bytes", () => {
  const before = peakMemory();
  const memory = Buffer.alloc(100 * 2 ** 20, 1);
  expect(peakMemory()).toBeGreaterThanOrEqual(Math.max(before, memory.length));
  expect(peakMemory()).toBeLessThan(2 ** 35);
});
