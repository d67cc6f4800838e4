import type { SourcePosition } from "../../errors.ts";
import { formatExcerpt, formatPlace } from "./excerpt.ts";
import { printable } from "./printable.ts";
import type { Paint } from "./style.ts";

/** Columns of the names of the facts under an error. */
const nameWidth = 10;

/** A fact under an error: its name, and its text, which may have several lines. */
export function fact(paint: Paint, name: string, text: string): string {
  const lines = printable(text.trim()).split("\n");
  return `  ${paint("cyan", name.padEnd(nameWidth))}${lines.join(`\n${" ".repeat(nameWidth + 2)}`)}`;
}

/** What is wrong, in the first line and perhaps some more. */
export function headline(
  paint: Paint,
  message: string,
  severity: "error" | "warning" = "error",
): string {
  const colour = severity === "error" ? "red" : "magenta";
  const text = printable(message.trim()).replaceAll("\n", "\n  ");
  return `${paint(colour, `${severity}:`)} ${paint("bold", text)}`;
}

/** Where in the manifest it is, with the line. */
export function placeLines(paint: Paint, position: SourcePosition | undefined): string[] {
  if (position === undefined) return [];
  return [fact(paint, "manifest", formatPlace(position)), ...formatExcerpt(position, paint)];
}
