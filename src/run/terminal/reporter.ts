import type { RunEvent } from "../events.ts";
import { JsonRenderer } from "./json-renderer.ts";
import { LiveRenderer } from "./live-renderer.ts";
import { createLogger } from "./logger.ts";
import { PlainRenderer } from "./plain-renderer.ts";
import type { Renderer } from "./renderer.ts";
import { painter } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** How events are shown: `auto` is a live list on a terminal and plain lines elsewhere. */
export type ReportFormat = "auto" | "plain" | "json";

/** What {@link createReporter} needs. */
export interface ReporterOptions {
  readonly terminal: Terminal;
  readonly format: ReportFormat;
  /** The time in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

/** Shows a run to whoever watches it. Neither function needs a `this`. */
export interface Reporter {
  readonly report: (event: RunEvent) => void;
  /** Ends the live line; to be called before anything else is printed. */
  readonly close: () => void;
}

function createRenderer({ terminal, format, now = Date.now }: ReporterOptions): Renderer {
  const logger = createLogger(terminal);
  if (format === "json") return new JsonRenderer(logger, now);
  const paint = painter(terminal.colour);
  return format === "auto" && terminal.isLive
    ? new LiveRenderer(terminal, logger, paint, now)
    : new PlainRenderer(logger, paint, now);
}

/**
 * Makes the reporter of a run.
 *
 * @example
 * ```ts
 * const reporter = createReporter({ terminal: openTerminal(2), format: "auto" });
 * reporter.report({ type: "message", level: "info", text: "…" });
 * reporter.close();
 * ```
 */
export function createReporter(options: ReporterOptions): Reporter {
  const renderer = createRenderer(options);
  return { report: renderer.show, close: renderer.close };
}
