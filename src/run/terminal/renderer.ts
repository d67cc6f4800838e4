import type { ConsolaInstance } from "consola";
import { formatProfile, type PullProfile } from "../../cache/profile.ts";
import { errorMessage } from "../../errors.ts";
import type { Finding } from "../../findings/finding.ts";
import { CommandError, formatCommand } from "../command.ts";
import type { RunEvent } from "../events.ts";
import type { Progress } from "../step.ts";
import { summarise } from "./error-chain.ts";
import { wrapText } from "./fit.ts";
import { printable, printableLine } from "./printable.ts";
import { formatDuration, ProgressMeter } from "./progress-text.ts";
import type { Paint } from "./style.ts";

/** Shows the events of a run in one way. */
export interface Renderer {
  readonly show: (event: RunEvent) => void;
  /** Leaves the terminal as it was found. */
  readonly close: () => void;
}

/** What renderers are told of where they are. */
export interface RenderSettings {
  /** A clock in milliseconds. */
  readonly now: () => number;
  /** Whether the error is told in full right below what the renderer shows, so that it need not be told there. */
  readonly errorFollows: boolean;
}

/** A step that has begun. */
export interface RunningStep {
  readonly id: string;
  readonly title: string;
  /** `[3/12]` */
  readonly number: string;
  /** Milliseconds of the reporter's clock. */
  readonly started: number;
  readonly meter: ProgressMeter;
  progress: Progress | undefined;
}

/** The step that an event announces. */
export function startStep(
  event: Extract<RunEvent, { readonly type: "step-started" }>,
  now: number,
): RunningStep {
  const width = String(event.total).length;
  return {
    id: event.id,
    title: printableLine(event.title),
    number: `[${String(event.index).padStart(width)}/${event.total}]`,
    started: now,
    meter: new ProgressMeter(now),
    progress: undefined,
  };
}

/** What is done before the first step, shown as one. */
export function startActivity(text: string, now: number): RunningStep {
  const meter = new ProgressMeter(now);
  return {
    id: "",
    title: printableLine(text),
    number: "",
    started: now,
    meter,
    progress: undefined,
  };
}

/**
 * Shows a message; `debug` is for the log only.
 *
 * @param columns Where to break it; not at all unless given, for whoever searches plain lines.
 */
export function showMessage(
  logger: ConsolaInstance,
  paint: Paint,
  event: Extract<RunEvent, { readonly type: "message" }>,
  columns = Infinity,
): void {
  const text = wrapText(printableLine(event.text), { columns });
  if (event.level === "warning") logger.warn(`${paint("magenta", "warning:")} ${text}`);
  if (event.level === "info") logger.info(text);
}

/**
 * Shows what is known of the install and does not stop it, with the identifier that `allow` and the documentation have.
 *
 * @param columns As for {@link showMessage}.
 */
export function showFinding(
  logger: ConsolaInstance,
  paint: Paint,
  { severity, object, message, hint, id }: Finding,
  columns = Infinity,
): void {
  const name = severity === "note" ? paint("cyan", "note:") : paint("magenta", "warning:");
  const [first = "", ...details] = printable(`${object}: ${message}`).split("\n");
  const lines = [`${name} ${first} [${id}]`, ...details.map((line) => `  ${line}`)];
  if (hint !== undefined) lines.push(`  ${printableLine(hint)}`);
  for (const line of lines) logger.warn(wrapText(line, { columns, indent: 2 }));
}

/** Shows where the time of the pull went. */
export function showProfile(logger: ConsolaInstance, profile: PullProfile): void {
  for (const line of formatProfile(profile)) logger.info(line);
}

/**
 * Why a step failed: the first line of its error, and of a command what it was and what it printed last. Nothing where
 * the whole error follows.
 */
export function failureLines(error: unknown, { errorFollows }: RenderSettings): string[] {
  if (errorFollows) return [];
  const lines = [printableLine(errorMessage(error).split("\n")[0] ?? "")];
  const { command } = summarise(error);
  if (command instanceof CommandError) {
    const output = printable(command.output.trimEnd()).split("\n");
    lines.push(`$ ${printableLine(formatCommand(command.argv))}`);
    lines.push(...output.filter((line) => line !== "").map((line) => `| ${line}`));
  }
  return lines.map((line) => `  ${line}`);
}

/** How a run ended well. That of one that failed is told by its error. */
export function resultLines({
  exitCode,
  seconds,
  log,
}: Extract<RunEvent, { readonly type: "result" }>): string[] {
  if (exitCode !== 0) return [];
  return [`finished in ${formatDuration(seconds)}`, `log: ${printableLine(log)}`];
}
