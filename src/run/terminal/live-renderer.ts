import type { ConsolaInstance } from "consola";
import type { PullProfile } from "../../cache/profile.ts";
import type { RunEvent } from "../events.ts";
import { printableLine } from "./printable.ts";
import { formatDuration, progressParts } from "./progress-text.ts";
import {
  type Renderer,
  type RunningStep,
  shortError,
  showMessage,
  showProfile,
  startStep,
} from "./renderer.ts";
import type { Paint } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds between two drawings of the live line. */
const drawInterval = 100;

/** Columns that the title of a step keeps. */
const shortestTitle = 16;

/** Columns below which the detail of a step is left out. */
const shortestDetail = 8;

/** Goes back to the begin of the line and erases it (ECMA-48: CR, EL). */
const eraseLine = "\r\x1b[K";

const unicodeMarks = { running: "›", done: "✔", failed: "✖", separator: " · " };
const asciiMarks = { running: "[ .. ]", done: "[ ok ]", failed: "[fail]", separator: " - " };

/** Cuts a text to a number of columns. */
function fit(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  let width = 0;
  let result = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += Bun.stringWidth(segment);
    if (width > columns) break;
    result += segment;
  }
  return result;
}

/** A list of the steps whose last line lives: for terminals. */
export class LiveRenderer implements Renderer {
  readonly #terminal: Terminal;
  readonly #logger: ConsolaInstance;
  readonly #paint: Paint;
  readonly #now: () => number;
  readonly #marks: typeof unicodeMarks;
  #step: RunningStep | undefined;
  #profile: PullProfile | undefined;
  #drawn = -Infinity;
  #isOnScreen = false;

  /** @param now A clock in milliseconds. */
  constructor(terminal: Terminal, logger: ConsolaInstance, paint: Paint, now: () => number) {
    this.#terminal = terminal;
    this.#logger = logger;
    this.#paint = paint;
    this.#now = now;
    this.#marks = terminal.unicode ? unicodeMarks : asciiMarks;
  }

  readonly show = (event: RunEvent): void => {
    const step = this.#step;
    switch (event.type) {
      case "step-started":
        this.#step = startStep(event, this.#now());
        this.#draw();
        break;
      case "progress":
        if (step?.id !== event.id) break;
        step.progress = event.progress;
        step.meter.update(event.progress, this.#now());
        if (this.#now() - this.#drawn >= drawInterval) this.#draw();
        break;
      case "step-finished":
        this.#end(event.id, "green", this.#marks.done, formatDuration(event.seconds));
        break;
      case "step-failed":
        this.#end(event.id, "red", this.#marks.failed, shortError(event.error));
        break;
      case "message":
        if (event.level === "debug") break;
        this.#erase();
        showMessage(this.#logger, this.#paint, event);
        this.#draw();
        break;
      case "profile":
        this.#profile = event.profile;
        break;
      case "failed":
        // The error is told once, in full, by whoever made this reporter.
        this.close();
        break;
      case "finished":
        this.close();
        if (this.#profile !== undefined) showProfile(this.#logger, this.#profile);
        this.#logger.success(`finished in ${formatDuration(event.seconds)}`);
        if (event.log !== undefined) this.#logger.info(`log: ${printableLine(event.log)}`);
        break;
    }
  };

  readonly close = (): void => {
    this.#erase();
    this.#step = undefined;
  };

  #erase(): void {
    if (this.#isOnScreen) this.#terminal.write(eraseLine);
    this.#isOnScreen = false;
  }

  #draw(): void {
    const step = this.#step;
    if (step === undefined) return;
    const { separator, running } = this.#marks;
    // One column stays free: a full line would wrap on some terminals.
    const room = this.#terminal.columns() - running.length - 2;
    const parts = step.progress === undefined ? [] : progressParts(step.progress, step.meter.rate);
    const figures = parts.map((part) => `${separator}${part}`).join("");
    const detail = step.progress?.detail;
    // A long title gives way to the figures.
    const title = fit(
      `${step.number} ${step.title}`,
      Math.max(shortestTitle, room - figures.length),
    );
    const width = Bun.stringWidth(title) + figures.length + separator.length;
    const hasRoom = detail !== undefined && room - width >= shortestDetail;
    const rest = hasRoom ? `${separator}${printableLine(detail)}` : "";
    const mark = this.#paint("cyan", this.#marks.running);
    this.#terminal.write(`${eraseLine}${mark} ${fit(`${title}${figures}${rest}`, room)}`);
    this.#isOnScreen = true;
    this.#drawn = this.#now();
  }

  #end(id: string, style: "green" | "red", mark: string, remark: string): void {
    const step = this.#step;
    if (step?.id !== id) return;
    this.close();
    const line = `${this.#paint(style, mark)} ${step.number} ${step.title}`;
    if (style === "green") this.#logger.success(`${line}  ${this.#paint("dim", remark)}`);
    else this.#logger.error(`${line}\n  ${remark}`);
  }
}
