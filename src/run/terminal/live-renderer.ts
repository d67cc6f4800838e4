import type { ConsolaInstance } from "consola";
import type { PullProfile } from "../../cache/profile.ts";
import type { RunEvent } from "../events.ts";
import type { Progress } from "../step.ts";
import { LiveArea } from "./live-area.ts";
import { formatDuration } from "./progress-text.ts";
import {
  failureLines,
  type Renderer,
  type RenderSettings,
  type RunningStep,
  resultLines,
  showFinding,
  showMessage,
  showProfile,
  startActivity,
  startStep,
} from "./renderer.ts";
import { asciiMarks, endedStep, type Marks, stepBlock, unicodeMarks } from "./step-block.ts";
import type { Paint } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds between two drawings about progress. */
const drawInterval = 100;

/** Milliseconds after which is drawn in any case, for how long the step takes already. */
const tickInterval = 1000;

/** A list of the steps whose last lines live: for terminals. */
export class LiveRenderer implements Renderer {
  readonly #terminal: Terminal;
  readonly #logger: ConsolaInstance;
  readonly #paint: Paint;
  readonly #settings: RenderSettings;
  readonly #marks: Marks;
  readonly #area: LiveArea;
  readonly #ticker: ReturnType<typeof setInterval>;
  readonly #stopResize: () => void;
  #step: RunningStep | undefined;
  #profile: PullProfile | undefined;
  #drawn = -Infinity;

  constructor(terminal: Terminal, logger: ConsolaInstance, paint: Paint, settings: RenderSettings) {
    this.#terminal = terminal;
    this.#logger = logger;
    this.#paint = paint;
    this.#settings = settings;
    this.#marks = terminal.unicode ? unicodeMarks : asciiMarks;
    this.#area = new LiveArea(terminal);
    this.#ticker = setInterval(() => this.#draw(), tickInterval);
    this.#ticker.unref();
    this.#stopResize = terminal.onResize(() => this.#draw());
  }

  readonly show = (event: RunEvent): void => {
    const { now } = this.#settings;
    const step = this.#step;
    switch (event.type) {
      case "run":
        this.#say(() => this.#logger.info(`log: ${event.log}`));
        break;
      case "step-started":
        this.#step = startStep(event, now());
        this.#draw();
        break;
      case "step-progress":
        if (step?.id === event.id) this.#showProgress(step, event.progress);
        break;
      case "step-finished":
        this.#end(event.id, "green", this.#marks.done, formatDuration(event.seconds));
        break;
      case "step-failed":
        this.#end(event.id, "red", this.#marks.failed, `after ${formatDuration(event.seconds)}`);
        for (const line of failureLines(event.error, this.#settings)) this.#logger.error(line);
        break;
      case "message":
        if (event.level === "debug") break;
        this.#say(() => {
          showMessage(this.#logger, this.#paint, event, this.#terminal.columns());
        });
        break;
      case "activity":
        this.#showActivity(event);
        break;
      case "finding":
        this.#say(() => {
          showFinding(this.#logger, this.#paint, event.finding, this.#terminal.columns());
        });
        break;
      case "profile":
        this.#profile = event.profile;
        break;
      case "result":
        this.#leave();
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
    this.#leave();
    clearInterval(this.#ticker);
    this.#stopResize();
  };

  #showActivity({ text, progress }: Extract<RunEvent, { readonly type: "activity" }>): void {
    const now = this.#settings.now();
    if (text === undefined) this.#leave();
    else if (progress === undefined || this.#step === undefined) {
      this.#step = startActivity(text, now);
      this.#draw();
    } else this.#showProgress(this.#step, progress);
  }

  #showProgress(step: RunningStep, progress: Progress): void {
    const now = this.#settings.now();
    step.progress = progress;
    step.meter.update(progress, now);
    if (now - this.#drawn >= drawInterval) this.#draw();
  }

  #leave(): void {
    this.#area.erase();
    this.#step = undefined;
  }

  /** Says something above the lines that live. */
  #say(print: () => void): void {
    this.#area.erase();
    print();
    this.#draw();
  }

  #draw(): void {
    const step = this.#step;
    if (step === undefined) return;
    const now = this.#settings.now();
    const lines = stepBlock(step, (now - step.started) / 1000, {
      marks: this.#marks,
      paint: this.#paint,
      columns: this.#terminal.columns(),
      rows: this.#terminal.rows(),
    });
    this.#area.draw(lines);
    this.#drawn = now;
  }

  #end(id: string, style: "green" | "red", mark: string, remark: string): void {
    const step = this.#step;
    if (step?.id !== id) return;
    this.#leave();
    const columns = this.#terminal.columns();
    this.#logger.log(endedStep(step, this.#paint(style, mark), remark, columns));
  }
}
