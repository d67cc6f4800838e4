import type { SourcePosition } from "../../errors.ts";
import { printable } from "./printable.ts";
import type { Paint } from "./style.ts";

/** Columns that are shown before the marked text, of the marked text, and of the whole line. */
const limits = { before: 50, marked: 80, line: 110 };

/** A place the way compilers write it: `host.toml:12:8`. */
export function formatPlace({ file, line, column }: SourcePosition): string {
  return `${file === "-" ? "(standard input)" : printable(file)}:${line}:${column}`;
}

function display(text: string): string {
  return printable(text.replaceAll("\t", "    "));
}

function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** UTF-16 units that are meant from the column on; a position without a length means the rest of the line. */
function lengthOf(position: SourcePosition & { readonly length?: number }): number {
  return position.length ?? position.text.trimEnd().length - position.column + 1;
}

/**
 * The line of a place with its number, and carets under what is meant. Long lines are cut around it.
 *
 * @param note What to say behind the carets.
 */
export function formatExcerpt(
  position: SourcePosition & { readonly length?: number },
  paint: Paint,
  note = "",
): string[] {
  const start = position.column - 1;
  const end = start + Math.max(1, lengthOf(position));
  const whole = display(position.text.slice(0, start));
  const before = whole.length <= limits.before ? whole : `…${whole.slice(1 - limits.before)}`;
  const marked = clip(display(position.text.slice(start, end)), limits.marked);
  const room = Math.max(1, limits.line - before.length - marked.length);
  const after = marked.endsWith("…") ? "" : clip(display(position.text.slice(end)), room);
  const number = String(position.line).padStart(5);
  const carets = "^".repeat(Math.max(1, Bun.stringWidth(marked)));
  const indent = " ".repeat(Bun.stringWidth(before));
  const gutter = (text: string) => paint("dim", `${text} |`);
  return [
    `${gutter(number)} ${before}${marked}${after}`.trimEnd(),
    `${gutter("     ")} ${indent}${paint("red", carets)}${note === "" ? "" : ` ${note}`}`,
  ];
}
