import { describe, expect, test } from "bun:test";
import {
  failedRun,
  lines,
  mebibyte,
  progress,
  pullStarted,
  report,
  run,
  type TimedEvent,
} from "./runs.ts";

describe("json", () => {
  test("is one event per line, with its time", () => {
    expect(lines(run).slice(2, 5)).toEqual([
      {
        time: "2026-11-22T00:00:00.000Z",
        type: "step-started",
        id: "table",
        title: "Partition /dev/vda",
        index: 1,
        total: 10,
      },
      { time: "2026-11-22T00:00:00.300Z", type: "step-finished", id: "table", seconds: 0.3 },
      { time: "2026-11-22T00:00:00.300Z", type: "warning", text: "signatures are not checked" },
    ]);
    expect(lines(run).at(-1)).toEqual({
      time: "2026-11-22T00:00:04.300Z",
      type: "result",
      exitCode: 0,
      outcome: "success",
      seconds: 4.3,
      log: "/var/log/landfall.log",
    });
  });

  test("has what a script needs to know of an error", () => {
    expect(lines(failedRun).slice(-2)).toMatchObject([
      {
        type: "error",
        error: {
          message: "bootctl ended with exit status 1",
          reason: "system",
          exitCode: 8,
          object: "boot",
          argv: ["bootctl", "install"],
          status: 1,
          output: "no room\nreally\x07",
        },
      },
      { type: "result", exitCode: 8, outcome: "system" },
    ]);
  });

  test("tells progress once a second and when it is complete", () => {
    const events = Array.from(
      { length: 200 },
      (_, index): TimedEvent => [0.02, progress(index + 1)],
    );
    const done = lines([[0, pullStarted], ...events]).slice(1);
    expect(done).toHaveLength(5);
    expect(done.at(-1)).toMatchObject({ progress: { done: 200 * mebibyte } });
  });

  test("is safe to print", () => {
    const text = "\x1b[2J\u009b\u202e\u2028\u{e0001}é😀";
    const output = report("json", [[0, { type: "message", level: "info", text }]]);
    expect(output.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(output)).toMatchObject({ text });
  });
});
