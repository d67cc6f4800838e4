import { fitText, wrapText } from "./fit.ts";
import { printableLine } from "./printable.ts";
import { formatDuration, fractionOf, progressParts } from "./progress-text.ts";
import type { RunningStep } from "./renderer.ts";
import type { Paint } from "./style.ts";

/** What steps are marked with, and what bars are made of. */
export interface Marks {
  readonly running: string;
  readonly done: string;
  readonly failed: string;
  readonly full: string;
  readonly empty: string;
}

/** For terminals that show characters beyond ASCII. */
export const unicodeMarks: Marks = {
  running: "›",
  done: "✔",
  failed: "✖",
  full: "█",
  empty: "░",
};

/** For all others. */
export const asciiMarks: Marks = {
  running: "[ .. ]",
  done: "[ ok ]",
  failed: "[fail]",
  full: "#",
  empty: ".",
};

/** Columns of the bar, and those that the figures may take beside it. */
const barColumns = { least: 8, most: 24 };
const figuresColumns = 58;

/** Most lines about what is under way. */
const currentLines = 4;

/** Rows of the screen that are left to the steps before. */
const rowsBefore = 4;

/** Columns from which on there is room for how long a step takes already. */
const columnsForElapsed = 32;

/** How a block is drawn. */
export interface BlockStyle {
  readonly marks: Marks;
  readonly paint: Paint;
  readonly columns: number;
  readonly rows: number;
}

function titleLine(step: RunningStep, seconds: number, style: BlockStyle): string {
  const { marks, paint, columns } = style;
  const tellsElapsed = seconds >= 1 && columns >= columnsForElapsed;
  const elapsed = tellsElapsed ? `  ${formatDuration(Math.floor(seconds))}` : "";
  const room = columns - 1 - marks.running.length - 1 - elapsed.length;
  const title = fitText(`${step.number} ${step.title}`.trimStart(), Math.max(1, room));
  return `${paint("cyan", marks.running)} ${title}${paint("dim", elapsed)}`;
}

/** The figures, as far as there is room for them, behind a bar where that fits too. */
function figuresLine(step: RunningStep, room: number, { marks, paint }: BlockStyle): string {
  if (step.progress === undefined) return "";
  const shown: string[] = [];
  for (const part of progressParts(step.progress, step.meter.rate)) {
    if (Bun.stringWidth([...shown, part].join(", ")) > room) break;
    shown.push(part);
  }
  const figures = shown.join(", ");
  const fraction = fractionOf(step.progress);
  const bar = Math.min(barColumns.most, room - figuresColumns);
  if (fraction === undefined || bar < barColumns.least) return figures;
  const full = Math.floor(fraction * bar);
  const empty = marks.empty.repeat(bar - full);
  return `${paint("green", marks.full.repeat(full))}${paint("dim", empty)}  ${figures}`;
}

/**
 * The lines of a step under way: its title and how long it takes already; how far it is; what is under way.
 *
 * @param seconds Since the step began.
 * @returns Lines that fit the terminal. One column stays free: a full line would wrap on some.
 */
export function stepBlock(step: RunningStep, seconds: number, style: BlockStyle): string[] {
  const lines = [titleLine(step, seconds, style)];
  const { progress } = step;
  if (progress === undefined) return lines;
  const indent = " ".repeat(style.marks.running.length + 1);
  const room = Math.max(1, style.columns - 1 - indent.length);
  lines.push(`${indent}${figuresLine(step, room, style)}`);
  const current = progress.current ?? (progress.detail === undefined ? [] : [progress.detail]);
  const count = Math.max(0, Math.min(currentLines, style.rows - lines.length - rowsBefore));
  for (const path of current.slice(0, count)) {
    lines.push(`${indent}${style.paint("dim", fitText(shortName(path), room))}`);
  }
  return lines.slice(0, Math.max(1, style.rows - 1));
}

/** A step that has ended, in one or more lines, with a remark behind its title. @param mark In its colour. */
export function endedStep(
  { number, title }: Pick<RunningStep, "number" | "title">,
  mark: string,
  remark: string,
  columns: number,
): string {
  const indent = Bun.stringWidth(`${mark} ${number} `);
  return wrapText(`${mark} ${number} ${title}`, { columns, indent, remark });
}

/** A store path's name; any other text as it is. */
export function shortName(text: string): string {
  return printableLine(text.replace(/^\/nix\/store\/[0-9a-z]{32}-/, ""));
}
