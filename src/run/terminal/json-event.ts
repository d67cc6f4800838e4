import { errorMessage, exitCodeOf, exitCodes, InstallerError } from "../../errors.ts";
import type { Finding } from "../../findings/finding.ts";
import { ManifestError } from "../../manifest-error.ts";
import { CommandError } from "../command.ts";
import type { RunEvent } from "../events.ts";
import { printableJson } from "./printable-json.ts";

/** The version of the events that `docs/events.md` describes; a change that a reader could stumble over raises it. */
const eventsVersion = 1;

/** An error as data: what a script may want to know of it. */
function errorData(error: unknown): Record<string, unknown> {
  const common = { message: errorMessage(error), exitCode: exitCodeOf(error) };
  const cause =
    error instanceof Error && error.cause !== undefined ? { cause: errorData(error.cause) } : {};
  if (!(error instanceof InstallerError)) {
    const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
    return { name: "Error", ...common, reason: "bug", ...stack, ...cause };
  }
  const { name, reason, object, hint, position } = error;
  return {
    name,
    ...common,
    reason,
    object,
    hint,
    position,
    ...("step" in error ? { step: error.step } : {}),
    ...("findings" in error ? { findings: error.findings } : {}),
    ...(error instanceof CommandError
      ? { argv: error.argv, status: error.status, signal: error.signal, output: error.output }
      : {}),
    ...(error instanceof ManifestError ? { problems: error.problems } : {}),
    ...cause,
  };
}

/** What a finding is told as: one that does not stop the install is a warning, or a message. */
function findingData(finding: Finding): Record<string, unknown> {
  const { severity, object, message } = finding;
  return {
    type: severity === "note" ? "message" : "warning",
    text: `${object}: ${message}`,
    finding,
  };
}

/** The name of an exit code: a key of `exitCodes`, or `success`. */
function outcome(exitCode: number): string {
  const named = Object.entries(exitCodes).find(([, code]) => code === exitCode);
  return named?.[0] ?? "success";
}

/** What the lines of an event say, without their time. */
function eventData(event: RunEvent): readonly Record<string, unknown>[] {
  switch (event.type) {
    case "run":
      return [{ ...event, version: eventsVersion }];
    case "message": {
      const { level, text } = event;
      return level === "warning" ? [{ type: "warning", text }] : [{ type: "message", level, text }];
    }
    case "activity":
      return event.text === undefined || event.progress !== undefined
        ? []
        : [{ type: "message", level: "info", text: event.text }];
    case "finding":
      return [findingData(event.finding)];
    case "step-failed":
      return [{ ...event, error: errorData(event.error) }];
    case "failed": {
      const { error } = event;
      const errors = error instanceof AggregateError ? error.errors : [error];
      return errors.map((each: unknown) => ({ type: "error", error: errorData(each) }));
    }
    case "result":
      return [{ ...event, outcome: outcome(event.exitCode) }];
    case "plan":
    case "step-started":
    case "step-progress":
    case "step-finished":
    case "profile":
      break;
  }
  return [{ ...event }];
}

/** An event as lines of JSON with its time, for `--log-format json` and for the log. Mostly it is one. */
export function formatJsonEvent(event: RunEvent, time: Date): readonly string[] {
  return eventData(event).map((data) => printableJson({ time: time.toISOString(), ...data }));
}
