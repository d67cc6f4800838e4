import type { RunEvent } from "../events.ts";
import { JsonRenderer } from "./json-renderer.ts";
import { LiveRenderer } from "./live-renderer.ts";
import { createLogger } from "./logger.ts";
import { MessageLimit } from "./message-limit.ts";
import { PlainRenderer } from "./plain-renderer.ts";
import type { Renderer, RenderSettings } from "./renderer.ts";
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
  /** Whether the error of a failed run is told in full where the events are shown, right below. Default: no. */
  readonly errorFollows?: boolean;
}

/** Shows a run to whoever watches it. Neither function needs a `this`. */
export interface Reporter {
  readonly report: (event: RunEvent) => void;
  /** Ends the live lines; to be called before anything else is printed. */
  readonly close: () => void;
}

function createRenderer(options: ReporterOptions): Renderer {
  const { terminal, format, now = Date.now, errorFollows = false } = options;
  const logger = createLogger(terminal);
  if (format === "json") return new JsonRenderer(logger, now);
  const paint = painter(terminal.colour);
  const settings: RenderSettings = { now, errorFollows };
  if (format === "auto" && terminal.isLive) {
    return new LiveRenderer(terminal, logger, paint, settings);
  }
  const plain = new PlainRenderer(logger, paint, settings);
  return terminal.isSerial ? limited(plain, new MessageLimit(now)) : plain;
}

function limited(renderer: Renderer, limit: MessageLimit): Renderer {
  return {
    show: (event) => {
      for (const each of limit.pass(event)) renderer.show(each);
    },
    close: renderer.close,
  };
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
