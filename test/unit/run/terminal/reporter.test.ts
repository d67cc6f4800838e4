import { describe, expect, test } from "bun:test";
import type { PullProfile } from "../../../../src/cache/profile.ts";
import { createReporter } from "../../../../src/run/terminal/reporter.ts";
import {
  lines,
  mebibyte,
  plainTerminal,
  pullStarted,
  report,
  run,
  screens,
  type TimedEvent,
} from "./runs.ts";

describe("a finding", () => {
  const finding = {
    id: "preflight/memory",
    severity: "warning",
    object: "memory",
    message: "there is little\nand less of it is free\x07",
    hint: "Add some.",
  } as const;
  const events: readonly TimedEvent[] = [[0, { type: "finding", finding }]];

  test("is told to people with its identifier, its details and what to do", () => {
    const text = [
      "warning: memory: there is little [preflight/memory]",
      "  and less of it is free\\x07",
      "  Add some.",
    ].join("\n");
    expect(report("plain", events)).toBe(`${text}\n`);
    expect(screens(events).at(-1)).toBe(text);
  });

  test("is a warning for programs, and the finding itself", () => {
    expect(lines(events)).toMatchObject([
      { type: "warning", text: `memory: ${finding.message}`, finding },
    ]);
  });
});

describe("where the time of the pull went", () => {
  const profile: PullProfile = {
    walk: 0.5,
    fetch: 4,
    wait: 2,
    decompress: 1,
    hash: 0.25,
    write: 4,
    sync: 1.25,
    register: 0.05,
    workers: 2,
    requests: 990,
    received: 400 * mebibyte,
    unpacked: 1200 * mebibyte,
    paths: 989,
    files: 49_118,
    peakMemory: 128 * mebibyte,
  };
  const profiled: readonly TimedEvent[] = [
    [0, pullStarted],
    [6, { type: "step-finished", id: "pull", seconds: 6 }],
    [0, { type: "profile", profile }],
    [0, { type: "step-started", id: "boot", title: "Boot", index: 3, total: 10 }],
    [1, { type: "step-finished", id: "boot", seconds: 1 }],
    [0, { type: "result", exitCode: 0, seconds: 7, log: "/var/log/landfall.log" }],
  ];

  test("is told at the end, with what part of the time it was", () => {
    const output = report("plain", profiled);
    expect(`\n${output}`).toMatchInlineSnapshot(`
      "
      [ 2/10] Pull the closure
      [ 2/10] done in 6.0 s
      [ 3/10] Boot
      [ 3/10] done in 1.0 s
      where the 5.80 s of the pull went
        walk            0.50 s   9 %
        fetch           4.00 s  69 %  989 paths, 990 requests; 2 workers:
          wait          2.00 s  25 %  for the network: 400 MiB, 100 MiB/s
          decompress    1.00 s  13 %  to 1.2 GiB, 300 MiB/s
          hash          0.25 s   3 %
          write         4.00 s  50 %  49118 files
          other         0.75 s   9 %
        sync            1.25 s  22 %
        register        0.05 s   1 %
        peak memory 128 MiB
      finished in 7.0 s
      log: /var/log/landfall.log
      "
    `);
    expect(screens(profiled).at(-1)).toContain(
      output.slice(output.indexOf("where the"), output.indexOf("finished in")),
    );
  });

  test("is an event of its own for programs", () => {
    expect(lines(profiled)[2]).toMatchObject({ type: "profile", profile });
  });
});

test("a run goes on when nobody reads what is written", () => {
  let calls = 0;
  const reporter = createReporter({
    terminal: { ...plainTerminal, write: () => ++calls < 0 },
    format: "plain",
  });
  for (const [, event] of run) reporter.report(event);
  expect(calls).toBe(1);
});
