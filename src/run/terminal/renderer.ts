import type { ConsolaInstance } from "consola";
import { formatProfile, type PullProfile } from "../../cache/profile.ts";
import { errorMessage } from "../../errors.ts";
import type { RunEvent } from "../events.ts";
import type { Progress } from "../step.ts";
import { printableLine } from "./printable.ts";
import { ProgressMeter } from "./progress-text.ts";
import type { Paint } from "./style.ts";

/** Shows the events of a run in one way. */
export interface Renderer {
  readonly show: (event: RunEvent) => void;
  /** Leaves the terminal as it was found. */
  readonly close: () => void;
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

/** Shows a message; `debug` is for the log only. */
export function showMessage(
  logger: ConsolaInstance,
  paint: Paint,
  event: Extract<RunEvent, { readonly type: "message" }>,
): void {
  const text = printableLine(event.text);
  if (event.level === "warning") logger.warn(`${paint("yellow", "warning:")} ${text}`);
  if (event.level === "info") logger.info(text);
}

/** Shows where the time of the pull went. */
export function showProfile(logger: ConsolaInstance, profile: PullProfile): void {
  for (const line of formatProfile(profile)) logger.info(line);
}

/** The first line of an error's message: the whole error is shown at the end of the run. */
export function shortError(error: unknown): string {
  return printableLine(errorMessage(error).split("\n")[0] ?? "");
}
