import type { Paint } from "../../run/terminal/style.ts";

/** Where a plan is shown. */
export interface Page {
  /** Columns that a line may take. */
  readonly columns: number;
  /** Whether it shows characters beyond ASCII. */
  readonly unicode: boolean;
  readonly paint: Paint;
}

/** Cuts a word that is longer than a line. */
function cut(word: string, width: number): string[] {
  const pieces: string[] = [];
  for (let rest = word; rest !== ""; rest = rest.slice(width)) pieces.push(rest.slice(0, width));
  return pieces;
}

/**
 * Breaks a text into lines, between its words where they fit.
 *
 * @param width Columns of a line.
 * @param indent What further lines begin with.
 * @param separator What stands between the words.
 */
export function wrap(text: string, width: number, indent = "", separator = " "): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  const put = (piece: string) => {
    if (line !== undefined && Bun.stringWidth(line + separator + piece) <= width) {
      line += separator + piece;
      return;
    }
    if (line !== undefined) lines.push(line);
    line = (lines.length === 0 ? "" : indent) + piece;
  };
  for (const word of text.split(separator)) {
    if (Bun.stringWidth(word) <= width - indent.length) put(word);
    // A long part of words gives way to single words, and these to pieces.
    else if (separator === " ") cut(word, width - indent.length).forEach(put);
    else wrap(word, width - indent.length).forEach(put);
  }
  return line === undefined ? lines : [...lines, line];
}

/** Fills a text up with spaces to a number of columns. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
}

/**
 * Rows in columns, two spaces apart. The last cell of a row that does not fit goes to a line of its own.
 *
 * @param indent What each line begins with.
 */
export function table(
  rows: readonly (readonly string[])[],
  width: number,
  indent = "  ",
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries()) {
      widths[index] = Math.max(widths[index] ?? 0, Bun.stringWidth(cell));
    }
  }
  return rows.flatMap((row) => {
    const last = row.at(-1) ?? "";
    const head = row.slice(0, -1).map((cell, index) => pad(cell, widths[index] ?? 0));
    const line = indent + [...head, last].join("  ").trimEnd();
    if (Bun.stringWidth(line) <= width) return [line];
    const further = `${indent}    `;
    return [
      (indent + head.join("  ")).trimEnd(),
      ...wrap(last, width - further.length).map((each) => further + each),
    ];
  });
}
