import { describe, expect, test } from "bun:test";
import type { PullProfile } from "../../../../src/cache/profile.ts";
import { CommandError } from "../../../../src/run/command.ts";
import type { RunEvent } from "../../../../src/run/events.ts";
import { createReporter, type ReportFormat } from "../../../../src/run/terminal/reporter.ts";
import type { Terminal } from "../../../../src/run/terminal/terminal.ts";
import { readEvents } from "../../../support/events.ts";
import { Screen } from "./screen.ts";

const mebibyte = 2 ** 20;

/** An event after so many seconds of waiting. */
type TimedEvent = readonly [seconds: number, event: RunEvent];

/** A terminal that can do nothing but take plain lines. */
const plainTerminal: Terminal = {
  isLive: false,
  isSerial: false,
  colour: false,
  unicode: false,
  columns: () => 80,
  rows: () => 24,
  onResize: () => () => {},
  write: () => true,
};

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
      ...plainTerminal,
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

function progress(done: number, ...current: readonly string[]): RunEvent {
  return {
    type: "step-progress",
    id: "pull",
    progress: {
      done: done * mebibyte,
      total: 200 * mebibyte,
      unit: "bytes",
      current: current.map((name) => `/nix/store/${"a".repeat(32)}-${name}`),
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
  [0, { type: "run", command: "install", installer: "0.1.0", log: "/var/log/landfall.log" }],
  [0, { type: "plan", steps: [{ id: "table", title: "Partition /dev/vda" }] }],
  [0, { type: "step-started", id: "table", title: "Partition /dev/vda", index: 1, total: 10 }],
  [0.3, { type: "step-finished", id: "table", seconds: 0.3 }],
  [0, { type: "message", level: "warning", text: "signatures are not checked" }],
  [0, { type: "message", level: "debug", text: "for the log only" }],
  [0, pullStarted],
  [2, progress(100, "linux-6.12.9")],
  [2, progress(200)],
  [0, { type: "message", level: "info", text: "all of it came from https://cache.example.org" }],
  [0, { type: "step-finished", id: "pull", seconds: 4 }],
  [0, { type: "result", exitCode: 0, seconds: 4.3, log: "/var/log/landfall.log" }],
];

const failure = new CommandError(
  ["bootctl", "install"],
  { message: "bootctl ended with exit status 1", status: 1, output: "no room\nreally\x07" },
  { reason: "system", object: "boot" },
);

const failedRun: readonly TimedEvent[] = [
  [0, { type: "step-started", id: "boot", title: "Install the boot loader", index: 10, total: 10 }],
  [1, { type: "step-failed", id: "boot", seconds: 1, error: failure }],
  [0, { type: "failed", error: failure }],
  [0, { type: "result", exitCode: 8, seconds: 5, log: "/var/log/landfall.log" }],
];

/** What is on a live terminal's screen after each event. */
function screens(
  events: readonly TimedEvent[],
  {
    columns = 80,
    rows = 24,
    ...terminal
  }: { columns?: number; rows?: number; unicode?: boolean } = {},
): string[] {
  const screen = new Screen(columns);
  let time = Date.UTC(2026, 10, 22);
  const reporter = createReporter({
    terminal: {
      ...plainTerminal,
      isLive: true,
      colour: true,
      ...terminal,
      columns: () => screen.columns,
      rows: () => rows,
      write: screen.write,
    },
    format: "auto",
    now: () => time,
  });
  const seen = events.map(([seconds, event]) => {
    time += seconds * 1000;
    reporter.report(event);
    return screen.rows.join("\n");
  });
  reporter.close();
  return [...seen, screen.rows.join("\n")];
}

function lines(events: readonly TimedEvent[]): unknown[] {
  const output = report("json", events);
  expect(output).toEndWith("\n");
  return readEvents(output);
}

/** How often progress was told. */
function count(events: readonly TimedEvent[]): number {
  return report("plain", [[0, pullStarted], ...events]).match(/%/g)?.length ?? 0;
}

describe("plain", () => {
  test("one line after the other", () => {
    expect(`\n${report("plain", run)}`).toMatchInlineSnapshot(`
      "
      log: /var/log/landfall.log
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
      [10/10] failed after 1.0 s
        bootctl ended with exit status 1
        $ bootctl install
        | no room
        | really\\x07
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
      [1, { type: "step-failed", id: "a", seconds: 1, error: new Error("\x1b]0;x\x07") }],
    ]);
    expect(output).toMatchInlineSnapshot(`
      "[1/1] Wipe \\x1b[2J
      a\\x0d b\\x07
      [1/1] failed after 1.0 s
        \\x1b]0;x\\x07
      "
    `);
  });
});

describe("live", () => {
  test("leaves a list of the steps", () => {
    expect(`\n${screens(run).at(-1)}`).toMatchInlineSnapshot(`
      "
      log: /var/log/landfall.log
      [ ok ] [ 1/10] Partition /dev/vda  0.3 s
      warning: signatures are not checked
      all of it came from https://cache.example.org
      [ ok ] [ 2/10] Pull the closure  4.0 s
      finished in 4.3 s
      log: /var/log/landfall.log"
    `);
  });

  test("draws with more than ASCII where the terminal can", () => {
    expect(`\n${screens(run, { unicode: true }).at(-1)}`).toMatchInlineSnapshot(`
      "
      log: /var/log/landfall.log
      ✔ [ 1/10] Partition /dev/vda  0.3 s
      warning: signatures are not checked
      all of it came from https://cache.example.org
      ✔ [ 2/10] Pull the closure  4.0 s
      finished in 4.3 s
      log: /var/log/landfall.log"
    `);
  });

  const pulling: readonly TimedEvent[] = [
    [0, pullStarted],
    [2, progress(100, "linux-6.12.9", "glibc-2.40", "systemd-257", "nix-2.31", "perl-5.40")],
  ];

  test("shows how far a step is, how long it takes already, and what is under way", () => {
    expect(`\n${screens(pulling).at(-2)}`).toMatchInlineSnapshot(`
      "
      [ .. ] [ 2/10] Pull the closure  2.0 s
             #######.......  50%, 100 MiB of 200 MiB, 50 MiB/s, 2.0 s left
             linux-6.12.9
             glibc-2.40
             systemd-257
             nix-2.31"
    `);
  });

  test("cuts a long title rather than what changes", () => {
    const title = "Pull the closure of a system with a name that is long";
    const [, [, event] = [0, pullStarted]] = pulling;
    const drawn = screens(
      [
        [0, { ...pullStarted, title }],
        [2, event],
      ],
      { columns: 60 },
    );
    expect(`\n${drawn.at(-2)}`).toMatchInlineSnapshot(`
      "
      [ .. ] [ 2/10] Pull the closure of a system with ...  2.0 s
             50%, 100 MiB of 200 MiB, 50 MiB/s, 2.0 s left
             linux-6.12.9
             glibc-2.40
             systemd-257
             nix-2.31"
    `);
  });

  test("leaves out what there is no room for on a screen of 40 columns and 10 rows", () => {
    expect(`\n${screens(pulling, { columns: 40, rows: 10 }).at(-2)}`).toMatchInlineSnapshot(`
      "
      [ .. ] [ 2/10] Pull the closure  2.0 s
             50%, 100 MiB of 200 MiB
             linux-6.12.9
             glibc-2.40
             systemd-257
             nix-2.31"
    `);
    expect(screens(pulling, { columns: 40, rows: 6 }).at(-2)?.split("\n")).toHaveLength(2);
    expect(screens(pulling, { columns: 40, rows: 2 }).at(-2)?.split("\n")).toHaveLength(1);
  });

  test("leaves a failure with the command and what it printed", () => {
    expect(`\n${screens(failedRun).at(-1)}`).toMatchInlineSnapshot(`
      "
      [fail] [10/10] Install the boot loader  after 1.0 s
        bootctl ended with exit status 1
        $ bootctl install
        | no room
        | really\\x07"
    `);
  });

  test("shows what is done before the first step, for as long as it takes", () => {
    const text = "asking http://cache.example.org";
    const walked = { done: 3, total: 12, unit: "items", detail: "glibc-2.40" } as const;
    const seen = screens([
      [0, { type: "activity", text }],
      [3, { type: "activity", text, progress: walked }],
      [0, { type: "activity" }],
    ]);
    expect(`\n${seen[1]}`).toMatchInlineSnapshot(`
      "
      [ .. ] asking http://cache.example.org  3.0 s
             ###...........  25%, 3 of 12, 9.0 s left
             glibc-2.40"
    `);
    expect(seen[2]).toBe("");
  });

  test("erases the running step when the run ends without it", () => {
    expect(screens(pulling).at(-1)).toBe("");
  });

  test.each([1, 8, 20, 40, 79])("never fills a line of %d columns", (columns) => {
    const wide: TimedEvent = [1, progress(50, "日本語".repeat(50))];
    let widest = 0;
    const reporter = createReporter({
      terminal: {
        ...plainTerminal,
        isLive: true,
        columns: () => columns,
        write: (text) => {
          const drawn = Bun.stripANSI(text).split(/[\r\n]/);
          widest = Math.max(widest, ...drawn.map((line) => Bun.stringWidth(line)));
          return true;
        },
      },
      format: "auto",
    });
    for (const [, event] of [[0, pullStarted], wide] as const) reporter.report(event);
    reporter.close();
    expect(widest).toBeLessThanOrEqual(Math.max(8, columns - 1));
  });

  test.each([
    [100, 30],
    [60, 25],
    [40, 100],
  ])("leaves nothing behind when %d columns become %d", (before, after) => {
    const screen = new Screen(before);
    let resized: (() => void) | undefined;
    const reporter = createReporter({
      terminal: {
        ...plainTerminal,
        isLive: true,
        columns: () => screen.columns,
        onResize: (changed) => {
          resized = changed;
          return () => {
            resized = undefined;
          };
        },
        write: screen.write,
      },
      format: "auto",
    });
    for (const [, event] of pulling) reporter.report(event);
    screen.columns = after;
    resized?.();
    expect(screen.rows.filter((row) => row.includes("linux-6.12.9"))).toHaveLength(1);
    expect(screen.rows[0]).toStartWith("[ .. ]");
    expect(screen.rows.length).toBeLessThanOrEqual(6);
    reporter.close();
    expect(screen.rows).toEqual([""]);
    expect(resized).toBeUndefined();
  });

  test("draws at most ten times a second", () => {
    let draws = 0;
    let time = 0;
    const reporter = createReporter({
      terminal: { ...plainTerminal, isLive: true, write: () => ++draws > 0 },
      format: "auto",
      now: () => time,
    });
    reporter.report(pullStarted);
    for (let index = 0; index < 2000; index++) {
      time++;
      reporter.report(progress(index / 10));
    }
    reporter.close();
    expect(draws).toBeLessThanOrEqual(23);
  });
});

test("a serial line is not flooded: what is too much is counted, and progress keeps its pace", () => {
  const warning: TimedEvent = [
    0.01,
    { type: "message", level: "warning", text: "answered 503 Service Unavailable, trying again" },
  ];
  const storm = Array.from({ length: 1000 }, () => warning);
  const output = report("auto", [[0, pullStarted], ...storm, [0, progress(100)], ...run], {
    isSerial: true,
  });
  // 9600 baud are 960 characters a second.
  expect(output.length).toBeLessThan(10 * 960);
  const held = output.matchAll(/^(?<count>\d+) more messages? (?:is|are) in the log$/gm);
  const shown = output.match(/^warning: answered/gm)?.length ?? 0;
  const left = [...held].reduce((sum, { groups }) => sum + Number(groups?.count), 0);
  // One more is the run's own.
  expect(shown + left).toBe(1001);
});

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
