import { describe, expect, test } from "bun:test";
import { failedRun, progress, pullStarted, report, run, type TimedEvent } from "./runs.ts";

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
