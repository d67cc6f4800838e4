import { describe, expect, test } from "bun:test";
import { createReporter } from "../../../../src/run/terminal/reporter.ts";
import {
  failedRun,
  plainTerminal,
  progress,
  pullStarted,
  run,
  screens,
  type TimedEvent,
} from "./runs.ts";
import { Screen } from "./screen.ts";

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
