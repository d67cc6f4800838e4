import { expect, test } from "bun:test";
import {
  formatDuration,
  ProgressMeter,
  progressParts,
} from "../../../../src/run/terminal/progress-text.ts";

const MiB = 2 ** 20;

test("a step whose end is known tells its share, amounts, rate and the time left", () => {
  const progress = { done: 50 * MiB, total: 200 * MiB, unit: "bytes" } as const;
  expect(progressParts(progress, 10 * MiB)).toEqual([
    "25%",
    "50 MiB of 200 MiB",
    "10 MiB/s",
    "15 s left",
  ]);
  expect(progressParts({ done: 3, total: 12, unit: "items" }, 0)).toEqual(["25%", "3 of 12"]);
});

test("a step whose end is not known tells how far it came and how fast", () => {
  expect(progressParts({ done: 8 * MiB, unit: "bytes" }, MiB)).toEqual(["8 MiB", "1 MiB/s"]);
});

test("durations grow coarser as they grow", () => {
  expect([0.34, 42.4, 185, 3720].map(formatDuration)).toEqual([
    "0.3 s",
    "42 s",
    "3 min 05 s",
    "1 h 02 min",
  ]);
});

test("what is counted is said where a step counts one thing after another", () => {
  const progress = { done: 3, total: 12, unit: "items", part: "paths verified" } as const;
  expect(progressParts(progress, 0)).toEqual(["25%", "3 of 12 paths verified"]);
});

test("the rate of one thing says nothing of the next", () => {
  const meter = new ProgressMeter(0);
  meter.update({ done: 1000, unit: "items", part: "paths verified" }, 0);
  meter.update({ done: 2000, unit: "items", part: "paths verified" }, 1000);
  expect(meter.rate).toBe(1000);
  meter.update({ done: 0, unit: "bytes" }, 1100);
  expect(meter.rate).toBe(0);
  meter.update({ done: 500, unit: "bytes" }, 2100);
  expect(meter.rate).toBe(500);
});
