import type { ConsolaInstance } from "consola";
import type { PullProfile } from "../../cache/profile.ts";
import type { RunEvent } from "../events.ts";
import { printableLine } from "./printable.ts";
import { formatDuration, fractionOf, progressParts } from "./progress-text.ts";
import {
  failureLines,
  type Renderer,
  type RenderSettings,
  type RunningStep,
  resultLines,
  showFinding,
  showMessage,
  showProfile,
  startStep,
} from "./renderer.ts";
import { shortName } from "./step-block.ts";
import type { Paint } from "./style.ts";

/** A line about progress comes after so many milliseconds, or … */
const interval = 10_000;
/** … after so much more of the step is done, … */
const portion = 0.1;
/** … but never sooner than after so many milliseconds. */
const shortestInterval = 1000;

/** Plain lines, one after the other: for pipes, files, serial consoles and terminals that ask for it. */
export class PlainRenderer implements Renderer {
  readonly #logger: ConsolaInstance;
  readonly #paint: Paint;
  readonly #settings: RenderSettings;
  #step: RunningStep | undefined;
  #profile: PullProfile | undefined;
  #shown = { time: 0, fraction: 0 };

  constructor(logger: ConsolaInstance, paint: Paint, settings: RenderSettings) {
    this.#logger = logger;
    this.#paint = paint;
    this.#settings = settings;
  }

  readonly show = (event: RunEvent): void => {
    const { now } = this.#settings;
    const step = this.#step;
    switch (event.type) {
      case "run":
        this.#logger.info(`log: ${printableLine(event.log)}`);
        break;
      case "step-started":
        this.#step = startStep(event, now());
        this.#shown = { time: now(), fraction: 0 };
        this.#logger.info(`${this.#step.number} ${this.#step.title}`);
        break;
      case "step-progress":
        if (step?.id === event.id) this.#showProgress(step, event);
        break;
      case "step-finished":
        if (step?.id === event.id) {
          this.#logger.info(`${step.number} done in ${formatDuration(event.seconds)}`);
        }
        break;
      case "step-failed":
        if (step?.id === event.id) this.#showFailure(step, event);
        break;
      case "message":
        showMessage(this.#logger, this.#paint, event);
        break;
      case "activity":
        if (event.text !== undefined && event.progress === undefined) {
          this.#logger.info(printableLine(event.text));
        }
        break;
      case "finding":
        showFinding(this.#logger, this.#paint, event.finding);
        break;
      case "profile":
        this.#profile = event.profile;
        break;
      case "result":
        if (this.#profile !== undefined) showProfile(this.#logger, this.#profile);
        for (const line of resultLines(event)) this.#logger.info(line);
        break;
      case "plan":
      case "failed":
        // The steps are told one by one; the error once, in full, by whoever made this reporter.
        break;
    }
  };

  readonly close = (): void => {
    this.#step = undefined;
  };

  #showFailure(
    step: RunningStep,
    event: Extract<RunEvent, { readonly type: "step-failed" }>,
  ): void {
    const failed = this.#paint("red", "failed");
    this.#logger.error(`${step.number} ${failed} after ${formatDuration(event.seconds)}`);
    for (const line of failureLines(event.error, this.#settings)) this.#logger.error(line);
  }

  #showProgress(
    step: RunningStep,
    { progress }: Extract<RunEvent, { readonly type: "step-progress" }>,
  ): void {
    const now = this.#settings.now();
    step.meter.update(progress, now);
    const fraction = fractionOf(progress) ?? 0;
    const elapsed = now - this.#shown.time;
    // Less than before where a step begins to count another thing.
    const isFurther =
      Math.abs(fraction - this.#shown.fraction) >= portion && elapsed >= shortestInterval;
    if (elapsed < interval && !isFurther) return;
    this.#shown = { time: now, fraction };
    const parts = progressParts(progress, step.meter.rate);
    const underWay = progress.detail ?? progress.current?.[0];
    if (underWay !== undefined) parts.push(shortName(underWay));
    this.#logger.info(`${step.number} ${parts.join(", ")}`);
  }
}
