import { InstallerError, type SourcePosition } from "../errors.ts";
import type { ManifestError, ManifestProblem } from "../manifest-error.ts";
import { type CommandError, formatCommand } from "./command.ts";
import { type ErrorSummary, summarise } from "./terminal/error-chain.ts";
import { formatExcerpt, formatPlace } from "./terminal/excerpt.ts";
import { printable, printableLine } from "./terminal/printable.ts";
import { type Paint, painter } from "./terminal/style.ts";

/** How {@link formatError} writes. */
export interface FormatErrorOptions {
  readonly colour: boolean;
  /** Finds the line of the manifest for an error that names its object only: what `parseManifest` returned. */
  readonly positions?: { readonly of: (path: string) => SourcePosition | undefined };
}

/** Columns of the names of the facts under an error. */
const nameWidth = 10;

function fact(paint: Paint, name: string, text: string): string {
  const lines = printable(text.trim()).split("\n");
  return `  ${paint("cyan", name.padEnd(nameWidth))}${lines.join(`\n${" ".repeat(nameWidth + 2)}`)}`;
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

function headline(paint: Paint, message: string): string {
  return `${paint("red", "error:")} ${paint("bold", printable(message.trim()).replaceAll("\n", "\n  "))}`;
}

function placeLines(paint: Paint, position: SourcePosition | undefined): string[] {
  if (position === undefined) return [];
  return [fact(paint, "manifest", formatPlace(position)), ...formatExcerpt(position, paint)];
}

function formatUnexpected(paint: Paint, summary: ErrorSummary): string {
  const { step, message, stack } = summary;
  return [
    headline(
      paint,
      `this is a bug in the installer: ${message === "" ? "unknown error" : message}`,
    ),
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
 * with its exit status and last output, the causes, and what to do next. An error that nobody foresaw is called a bug
 * and shows its stack. Control characters of foreign texts are made visible, never passed on.
 *
 * @returns Lines, without a line break at the end.
 */
export function formatError(error: unknown, options: FormatErrorOptions): string {
  const paint = painter(options.colour);
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map((inner: unknown) => formatError(inner, options)).join("\n\n");
  }
  const summary = summarise(error);
  if (summary.manifest !== undefined) return formatManifestError(paint, summary.manifest);
  const isForeseen = error instanceof InstallerError && summary.stack === undefined;
  return isForeseen && error.reason !== "bug"
    ? formatKnown(paint, summary, options)
    : formatUnexpected(
        paint,
        summary.stack === undefined && error instanceof Error
          ? { ...summary, stack: error.stack }
          : summary,
      );
}
