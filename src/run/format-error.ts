import { release } from "node:os";
import { InstallerError, type SourcePosition } from "../errors.ts";
import { RefusalError } from "../findings/refusal-error.ts";
import type { ManifestError, ManifestProblem } from "../manifest-error.ts";
import { type CommandError, formatCommand } from "./command.ts";
import { formatFindings } from "./format-findings.ts";
import { type ErrorSummary, summarise } from "./terminal/error-chain.ts";
import { fact, headline, placeLines } from "./terminal/error-lines.ts";
import { formatExcerpt, formatPlace } from "./terminal/excerpt.ts";
import { printable, printableLine } from "./terminal/printable.ts";
import { type Paint, painter } from "./terminal/style.ts";

/** How {@link formatError} writes. */
export interface FormatErrorOptions {
  readonly colour: boolean;
  /** Finds the line of the manifest for an error that names its object only: what `parseManifest` returned. */
  readonly positions?: { readonly of: (path: string) => SourcePosition | undefined };
  /** The installer's version, for the report of a bug. */
  readonly version?: string;
  /** Path of the log. */
  readonly log?: string;
  /** The step that was under way, for an error that does not know its own. */
  readonly step?: string;
}

function commandFacts(paint: Paint, command: CommandError): string[] {
  const ended = command.signal ?? command.status ?? "not started";
  const lines = [
    fact(paint, "command", formatCommand(command.argv)),
    fact(paint, command.signal === undefined ? "status" : "signal", String(ended)),
  ];
  if (command.output.trim() !== "") {
    const output = printable(command.output.trimEnd()).split("\n");
    lines.push(
      fact(paint, "output", ""),
      ...output.map((line) => `    ${paint("dim", "|")} ${line}`),
    );
  }
  return lines.map((line) => line.trimEnd());
}

function formatProblem(paint: Paint, file: string, problem: ManifestProblem): string {
  const { position, message, expected, suggestion } = problem;
  const note = suggestion === undefined ? "" : `did you mean ${printableLine(suggestion)}?`;
  const place = position === undefined ? file : formatPlace(position);
  const lines = [`${place}: ${paint("bold", printableLine(message))}`];
  if (position !== undefined) lines.push(...formatExcerpt(position, paint, note));
  else if (note !== "") lines.push(`      ${note}`);
  if (expected !== undefined) {
    lines.push(`      ${paint("dim", "=")} expected ${printableLine(expected)}`);
  }
  return lines.join("\n");
}

function formatManifestError(paint: Paint, error: ManifestError): string {
  const file = error.file === "-" ? "(standard input)" : printableLine(error.file);
  const blocks = error.problems.map((problem) => formatProblem(paint, file, problem));
  return [headline(paint, error.message), ...blocks].join("\n\n");
}

/** What a report of a bug must say of where it happened. */
function formatVersion(version: string): string {
  const { platform, arch, versions } = process;
  return `installer ${version} (Bun ${versions.bun}, ${platform} ${release()}, ${arch})`;
}

function formatUnexpected(
  paint: Paint,
  summary: ErrorSummary,
  options: FormatErrorOptions,
): string {
  const { message, stack } = summary;
  const { version } = options;
  const step = summary.step ?? options.step;
  return [
    headline(
      paint,
      `this is a bug in the installer: ${message === "" ? "unknown error" : message}`,
    ),
    ...(version === undefined ? [] : [fact(paint, "version", formatVersion(version))]),
    ...(step === undefined ? [] : [fact(paint, "step", step)]),
    ...summary.causes.map((cause) => fact(paint, "because", cause)),
    ...(stack === undefined ? [] : [fact(paint, "stack", stack)]),
    fact(paint, "next", "Report it with this text, the log and the manifest."),
  ].join("\n");
}

function formatKnown(paint: Paint, summary: ErrorSummary, options: FormatErrorOptions): string {
  const { message, step, object, command, causes, hint } = summary;
  const position =
    summary.position ?? (object === undefined ? undefined : options.positions?.of(object));
  return [
    headline(paint, message),
    ...(step === undefined ? [] : [fact(paint, "step", step)]),
    ...(object === undefined ? [] : [fact(paint, "object", object)]),
    ...placeLines(paint, position),
    ...(command === undefined ? [] : commandFacts(paint, command)),
    ...causes.map((cause) => fact(paint, "because", cause)),
    ...(hint === undefined ? [] : [fact(paint, "next", hint)]),
  ].join("\n");
}

/**
 * An error as a person should read it: what failed, in which step, the object and its line in the manifest, the command
 * with its exit status and last output, the causes, what to do next, and where the log is. An error that nobody foresaw
 * is called a bug and shows version and stack. Control characters of foreign texts are made visible, never passed on.
 *
 * @returns Lines, without a line break at the end.
 */
export function formatError(error: unknown, options: FormatErrorOptions): string {
  const paint = painter(options.colour);
  const errors =
    error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error];
  const texts = errors.map((each: unknown) => formatOne(paint, each, options));
  const log = options.log === undefined ? "" : `\n${fact(paint, "log", options.log)}`;
  return `${texts.join("\n\n")}${log}`;
}

function formatOne(paint: Paint, error: unknown, options: FormatErrorOptions): string {
  const summary = summarise(error);
  if (summary.manifest !== undefined) return formatManifestError(paint, summary.manifest);
  const isForeseen = error instanceof InstallerError && summary.stack === undefined;
  if (error instanceof RefusalError)
    return formatFindings(paint, error.findings, options.positions);
  return isForeseen && error.reason !== "bug"
    ? formatKnown(paint, summary, options)
    : formatUnexpected(paint, summary, options);
}
