import type { ConsolaInstance } from "consola";
import type { PullProfile } from "../../cache/profile.ts";
import type { RunEvent } from "../events.ts";
import { printableLine } from "./printable.ts";
import { formatDuration, fractionOf, progressParts } from "./progress-text.ts";
import {
  type Renderer,
  type RunningStep,
  shortError,
  showMessage,
  showProfile,
  startStep,
} from "./renderer.ts";
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
  readonly #now: () => number;
  #step: RunningStep | undefined;
  #profile: PullProfile | undefined;
  #shown = { time: 0, fraction: 0 };

  /** @param now A clock in milliseconds. */
  constructor(logger: ConsolaInstance, paint: Paint, now: () => number) {
    this.#logger = logger;
    this.#paint = paint;
    this.#now = now;
  }

  readonly show = (event: RunEvent): void => {
    const step = this.#step;
    switch (event.type) {
      case "step-started":
        this.#step = startStep(event, this.#now());
        this.#shown = { time: this.#now(), fraction: 0 };
        this.#logger.info(`${this.#step.number} ${this.#step.title}`);
        break;
      case "progress":
        if (step?.id === event.id) this.#showProgress(step, event);
        break;
      case "step-finished":
        if (step?.id === event.id) {
          this.#logger.info(`${step.number} done in ${formatDuration(event.seconds)}`);
        }
        break;
      case "step-failed":
        if (step?.id === event.id) {
          this.#logger.error(
            `${step.number} ${this.#paint("red", "failed:")} ${shortError(event.error)}`,
          );
        }
        break;
      case "message":
        showMessage(this.#logger, this.#paint, event);
        break;
      case "profile":
        this.#profile = event.profile;
        break;
      case "failed":
        // The error is told once, in full, by whoever made this reporter.
        this.close();
        break;
      case "finished":
        if (this.#profile !== undefined) showProfile(this.#logger, this.#profile);
        this.#logger.info(`finished in ${formatDuration(event.seconds)}`);
        if (event.log !== undefined) this.#logger.info(`log: ${printableLine(event.log)}`);
        break;
    }
  };

  readonly close = (): void => {
    this.#step = undefined;
  };

  #showProgress(
    step: RunningStep,
    { progress }: Extract<RunEvent, { readonly type: "progress" }>,
  ): void {
    const now = this.#now();
    step.meter.update(progress, now);
    const fraction = fractionOf(progress) ?? 0;
    const elapsed = now - this.#shown.time;
    const isFurther = fraction - this.#shown.fraction >= portion && elapsed >= shortestInterval;
    if (elapsed < interval && !isFurther) return;
    this.#shown = { time: now, fraction };
    const parts = progressParts(progress, step.meter.rate);
    if (progress.detail !== undefined) parts.push(printableLine(progress.detail));
    this.#logger.info(`${step.number} ${parts.join(", ")}`);
  }
}
