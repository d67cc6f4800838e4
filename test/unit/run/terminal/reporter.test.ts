import { describe, expect, test } from "bun:test";
import type { PullProfile } from "../../../../src/cache/profile.ts";
import { InstallerError } from "../../../../src/errors.ts";
import type { RunEvent } from "../../../../src/run/events.ts";
import { createReporter, type ReportFormat } from "../../../../src/run/terminal/reporter.ts";
import type { Terminal } from "../../../../src/run/terminal/terminal.ts";

const mebibyte = 2 ** 20;

/** An event after so many seconds of waiting. */
type TimedEvent = readonly [seconds: number, event: RunEvent];

/** What a run writes. */
function report(
  format: ReportFormat,
  events: readonly TimedEvent[],
  terminal: Partial<Omit<Terminal, "write">> = {},
): string {
  let output = "";
  let time = Date.UTC(2026, 10, 22);
  const reporter = createReporter({
    terminal: {
      isLive: false,
      colour: false,
      unicode: false,
      columns: () => 80,
      ...terminal,
      write: (text) => {
        output += text;
        return true;
      },
    },
    format,
    now: () => time,
  });
  for (const [seconds, event] of events) {
    time += seconds * 1000;
    reporter.report(event);
  }
  reporter.close();
  return output;
}

function progress(done: number, detail?: string): RunEvent {
  return {
    type: "progress",
    id: "pull",
    progress: {
      done: done * mebibyte,
      total: 200 * mebibyte,
      unit: "bytes",
      ...(detail === undefined ? {} : { detail }),
    },
  };
}

const pullStarted: RunEvent = {
  type: "step-started",
  id: "pull",
  title: "Pull the closure",
  index: 2,
  total: 10,
};

const run: readonly TimedEvent[] = [
  [0, { type: "step-started", id: "table", title: "Partition /dev/vda", index: 1, total: 10 }],
  [0.3, { type: "step-finished", id: "table", seconds: 0.3 }],
  [0, { type: "message", level: "warning", text: "signatures are not checked" }],
  [0, { type: "message", level: "debug", text: "for the log only" }],
  [0, pullStarted],
  [2, progress(100, "linux-6.12.9")],
  [2, progress(200)],
  [0, { type: "message", level: "info", text: "all of it came from https://cache.example.org" }],
  [0, { type: "step-finished", id: "pull", seconds: 4 }],
  [0, { type: "finished", seconds: 4.3, log: "/var/log/landfall.log" }],
];

const failure = new InstallerError("system", "bootctl ended with exit status 1\nmore", {
  object: "boot",
  hint: "Look.",
});

const failedRun: readonly TimedEvent[] = [
  [0, { type: "step-started", id: "boot", title: "Install the boot loader", index: 10, total: 10 }],
  [1, { type: "step-failed", id: "boot", error: failure }],
  [0, { type: "failed", error: failure }],
];

/** What is on the screen at the end, and every line that was on it at any time. */
function screen(output: string): { last: string; drawn: string[] } {
  const rows = Bun.stripANSI(output.replaceAll("\r\x1b[K", "\f")).split("\n");
  return {
    last: rows.map((row) => row.split("\f").at(-1)).join("\n"),
    drawn: rows.flatMap((row) => row.split("\f")),
  };
}

function lines(events: readonly TimedEvent[]): unknown[] {
  const output = report("json", events);
  expect(output).toEndWith("\n");
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** How often progress was told. */
function count(events: readonly TimedEvent[]): number {
  return report("plain", [[0, pullStarted], ...events]).match(/%/g)?.length ?? 0;
}

describe("plain", () => {
  test("one line after the other", () => {
    expect(`\n${report("plain", run)}`).toMatchInlineSnapshot(`
      "
      [ 1/10] Partition /dev/vda
      [ 1/10] done in 0.3 s
      warning: signatures are not checked
      [ 2/10] Pull the closure
      [ 2/10] 50%, 100 MiB of 200 MiB, 50 MiB/s, 2.0 s left, linux-6.12.9
      [ 2/10] 100%, 200 MiB of 200 MiB
      all of it came from https://cache.example.org
      [ 2/10] done in 4.0 s
      finished in 4.3 s
      log: /var/log/landfall.log
      "
    `);
  });

  test("a failure", () => {
    expect(`\n${report("plain", failedRun)}`).toMatchInlineSnapshot(`
      "
      [10/10] Install the boot loader
      [10/10] failed: bootctl ended with exit status 1
      "
    `);
  });

  test("is what auto means where a line cannot be drawn over", () => {
    expect(report("auto", run)).toBe(report("plain", run));
  });

  test("tells progress every 10 %, not twice a second, and at least every 10 s", () => {
    const steady = Array.from(
      { length: 200 },
      (_, index): TimedEvent => [0.5, progress(index + 1)],
    );
    const fast = Array.from({ length: 200 }, (_, index): TimedEvent => [0.01, progress(index + 1)]);
    const slow = Array.from({ length: 200 }, (_, index): TimedEvent => [1, progress(index / 100)]);
    expect(count(steady)).toBe(10);
    expect(count(fast)).toBe(2);
    expect(count(slow)).toBe(20);
  });

  test("repeats what is said repeatedly", () => {
    const warning: TimedEvent = [0, { type: "message", level: "warning", text: "retrying" }];
    expect(
      report(
        "plain",
        Array.from({ length: 50 }, () => warning),
      ),
    ).toBe("warning: retrying\n".repeat(50));
  });

  test("makes control characters visible", () => {
    const output = report("plain", [
      [0, { type: "step-started", id: "a", title: "Wipe \x1b[2J", index: 1, total: 1 }],
      [0, { type: "message", level: "info", text: "a\r\nb\x07" }],
      [1, { type: "step-failed", id: "a", error: new Error("\x1b]0;x\x07") }],
    ]);
    expect(output).toBe("[1/1] Wipe \\x1b[2J\na\\x0d b\\x07\n[1/1] failed: \\x1b]0;x\\x07\n");
  });
});

describe("live", () => {
  const live = { isLive: true, colour: true };

  test("leaves a list of the steps", () => {
    expect(`\n${screen(report("auto", run, live)).last}`).toMatchInlineSnapshot(`
      "
      [ ok ] [ 1/10] Partition /dev/vda  0.3 s
      warning: signatures are not checked
      all of it came from https://cache.example.org
      [ ok ] [ 2/10] Pull the closure  4.0 s
      finished in 4.3 s
      log: /var/log/landfall.log
      "
    `);
  });

  test("draws with more than ASCII where the terminal can", () => {
    expect(
      `\n${screen(report("auto", run, { ...live, unicode: true })).last}`,
    ).toMatchInlineSnapshot(`
      "
      ✔ [ 1/10] Partition /dev/vda  0.3 s
      warning: signatures are not checked
      all of it came from https://cache.example.org
      ✔ [ 2/10] Pull the closure  4.0 s
      finished in 4.3 s
      log: /var/log/landfall.log
      "
    `);
  });

  test("shows how far a step is", () => {
    const { drawn } = screen(report("auto", run, { ...live, columns: () => 98 }));
    expect(drawn).toContain(
      "[ .. ] [ 2/10] Pull the closure - 50% - 100 MiB of 200 MiB - 50 MiB/s - 2.0 s left - linux-6.12.9",
    );
  });

  test("cuts a long title rather than the figures", () => {
    const title = "Pull the closure of a system with a name that is long";
    const { drawn } = screen(
      report(
        "auto",
        [
          [0, { ...pullStarted, title }],
          [2, progress(100)],
        ],
        live,
      ),
    );
    expect(drawn.at(-2)).toBe(
      "[ .. ] [ 2/10] Pull the clos - 50% - 100 MiB of 200 MiB - 50 MiB/s - 2.0 s left",
    );
  });

  test("leaves out the detail where it would be cut to nothing", () => {
    const { drawn } = screen(report("auto", run, { ...live, columns: () => 88 }));
    expect(drawn).toContain(
      "[ .. ] [ 2/10] Pull the closure - 50% - 100 MiB of 200 MiB - 50 MiB/s - 2.0 s left",
    );
  });

  test("leaves a failure", () => {
    expect(`\n${screen(report("auto", failedRun, live)).last}`).toMatchInlineSnapshot(`
      "
      [fail] [10/10] Install the boot loader
        bootctl ended with exit status 1
      "
    `);
  });

  test("erases the running step when the run ends without it", () => {
    expect(screen(report("auto", [[0, pullStarted]], live)).last).toBe("");
  });

  test.each([20, 40, 79])("never fills a line of %d columns", (columns) => {
    const wide: TimedEvent = [1, progress(50, "日本語".repeat(50))];
    const { drawn } = screen(
      report("auto", [[0, pullStarted], wide], { ...live, columns: () => columns }),
    );
    expect(Math.max(...drawn.map((line) => Bun.stringWidth(line)))).toBeLessThan(columns);
  });

  test("draws at most ten times a second", () => {
    const events = Array.from(
      { length: 2000 },
      (_, index): TimedEvent => [0.001, progress(index / 10)],
    );
    const { drawn } = screen(report("auto", [[0, pullStarted], ...events], live));
    expect(drawn.filter((line) => line.includes("%")).length).toBeLessThanOrEqual(20);
  });
});

describe("json", () => {
  test("is one event per line, with its time", () => {
    expect(lines(run).slice(0, 3)).toEqual([
      {
        time: "2026-11-22T00:00:00.000Z",
        type: "step-started",
        id: "table",
        title: "Partition /dev/vda",
        index: 1,
        total: 10,
      },
      { time: "2026-11-22T00:00:00.300Z", type: "step-finished", id: "table", seconds: 0.3 },
      {
        time: "2026-11-22T00:00:00.300Z",
        type: "message",
        level: "warning",
        text: "signatures are not checked",
      },
    ]);
    expect(lines(run).at(-1)).toEqual({
      time: "2026-11-22T00:00:04.300Z",
      type: "finished",
      seconds: 4.3,
      log: "/var/log/landfall.log",
    });
  });

  test("has what a script needs to know of an error", () => {
    expect(lines(failedRun).at(-1)).toMatchObject({
      type: "failed",
      error: {
        message: "bootctl ended with exit status 1\nmore",
        reason: "system",
        exitCode: 8,
        object: "boot",
        hint: "Look.",
      },
    });
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
    [0, { type: "finished", seconds: 7 }],
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
      "
    `);
    expect(screen(report("auto", profiled, { isLive: true, colour: true })).last).toContain(
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
    terminal: {
      isLive: false,
      colour: false,
      unicode: false,
      columns: () => 80,
      write: () => ++calls < 0,
    },
    format: "plain",
  });
  for (const [, event] of run) reporter.report(event);
  expect(calls).toBe(1);
});
