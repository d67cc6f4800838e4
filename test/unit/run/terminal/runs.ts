import { CommandError } from "../../../../src/run/command.ts";
import type { RunEvent } from "../../../../src/run/events.ts";
import { createReporter, type ReportFormat } from "../../../../src/run/terminal/reporter.ts";
import type { Terminal } from "../../../../src/run/terminal/terminal.ts";
import { type JsonEvent, readEvents } from "../../../support/events.ts";
import { Screen } from "./screen.ts";

export const mebibyte = 2 ** 20;

/** An event after so many seconds of waiting. */
export type TimedEvent = readonly [seconds: number, event: RunEvent];

/** A terminal that can do nothing but take plain lines. */
export const plainTerminal: Terminal = {
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
export function report(
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

export function progress(done: number, ...current: readonly string[]): RunEvent {
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

export const pullStarted = {
  type: "step-started",
  id: "pull",
  title: "Pull the closure",
  index: 2,
  total: 10,
} as const satisfies RunEvent;

export const run: readonly TimedEvent[] = [
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

export const failedRun: readonly TimedEvent[] = [
  [0, { type: "step-started", id: "boot", title: "Install the boot loader", index: 10, total: 10 }],
  [1, { type: "step-failed", id: "boot", seconds: 1, error: failure }],
  [0, { type: "failed", error: failure }],
  [0, { type: "result", exitCode: 8, seconds: 5, log: "/var/log/landfall.log" }],
];

/** What is on a live terminal's screen after each event. */
export function screens(
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

/** What a run tells programs, each line held against the schema. */
export function lines(events: readonly TimedEvent[]): JsonEvent[] {
  const output = report("json", events);
  return readEvents(output);
}
