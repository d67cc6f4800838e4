import { expect, test } from "bun:test";
import { planResources } from "../../../src/cache/resources.ts";
import { GiB, MiB } from "../../../src/values/size.ts";

function workers(availableMemory: number, processors: number, connections = 25): number {
  return planResources({ availableMemory, processors, connections }).workers;
}

test("a pull has a worker for each processor, up to eight", () => {
  expect(workers(4 * GiB, 1)).toBe(1);
  expect(workers(4 * GiB, 4)).toBe(4);
  expect(workers(64 * GiB, 96)).toBe(8);
});

test("no more workers than there may be connections", () => {
  expect(workers(4 * GiB, 4, 2)).toBe(2);
});

test("little memory means fewer workers and smaller buffers, but never none", () => {
  expect(workers(256 * MiB, 8)).toBe(2);
  expect(workers(32 * MiB, 8)).toBe(1);
  const small = planResources({ availableMemory: 256 * MiB, processors: 8, connections: 25 });
  const large = planResources({ availableMemory: 8 * GiB, processors: 8, connections: 25 });
  expect(small.bufferMemory).toBeLessThan(large.bufferMemory);
});

test("a disk that turns has fewer that write to it", () => {
  const machine = { availableMemory: 64 * GiB, processors: 16, connections: 32 };
  expect(planResources({ ...machine, rotational: true }).workers).toBe(4);
  expect(planResources({ ...machine, rotational: false }).workers).toBe(8);
});
