import { expect, test } from "bun:test";
import { kernelBuildTime, readClock } from "../../../src/facts/clock.ts";

test("a kernel says when it was built, Debian's way and the usual way", () => {
  const debian = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2025-11-09)";
  expect(kernelBuildTime(debian)).toBe(Date.UTC(2025, 10, 9));
  const usual = "#73-Ubuntu SMP PREEMPT_DYNAMIC Tue Oct 21 09:05:12 UTC 2025";
  expect(kernelBuildTime(usual)).toBe(Date.UTC(2025, 9, 21, 9, 5, 12));
  expect(kernelBuildTime("#1-NixOS SMP Tue Jan  1 00:00:00 UTC 1980")).toBe(Date.UTC(1980, 0, 1));
  expect(kernelBuildTime("#1 SMP PREEMPT_DYNAMIC @0")).toBeUndefined();
});

test("whatever the kernel says, there was no installer before 2025", async () => {
  const { now, newest } = await readClock(1000);
  expect(now).toBe(1000);
  expect(newest.made).toBeGreaterThanOrEqual(Date.UTC(2025, 0, 1));
});
