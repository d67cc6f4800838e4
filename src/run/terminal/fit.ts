const segmenter = new Intl.Segmenter();

/** Cuts a text to a number of columns; what was cut off is said by an ellipsis of dots where there is room. */
export function fitText(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  const ellipsis = columns >= 8 ? "..." : "";
  let width = ellipsis.length;
  let result = "";
  for (const { segment } of segmenter.segment(text)) {
    width += Bun.stringWidth(segment);
    if (width > columns) break;
    result += segment;
  }
  return `${result}${ellipsis}`;
}

/** Fewest columns that the lines after the first have for their text. */
const narrowest = 20;

/** How {@link wrapText} breaks. */
export interface WrapOptions {
  /** Of the terminal. */
  readonly columns: number;
  /** Columns that are left free before every line but the first. Default: 0. */
  readonly indent?: number;
  /** Put behind the text, on one line in any case. */
  readonly remark?: string;
}

/**
 * Breaks a text into lines at its spaces. A word that is too long has a line of its own and is not broken, so that it
 * can be copied. Colours take no room.
 */
export function wrapText(text: string, { columns, indent = 0, remark = "" }: WrapOptions): string {
  const room = Math.max(columns - 1, indent + narrowest);
  const lead = text.length - text.trimStart().length;
  const [first = "", ...words] = text.slice(lead).split(" ");
  const lines: string[] = [];
  let line = " ".repeat(lead) + first;
  for (const word of [...words, ...(remark === "" ? [] : [` ${remark}`])]) {
    if (Bun.stringWidth(`${line} ${word}`) <= room) line += ` ${word}`;
    else {
      lines.push(line.trimEnd());
      line = " ".repeat(indent) + word.trimStart();
    }
  }
  return [...lines, line].join("\n");
}

/** Lines that stand as they are: excerpts of a file, and what a program printed. */
const literalLine = /^ *\d* \|/;

/** What the text of a line begins after: `error:`, or the name of a fact, or spaces. */
const lineStart = /^(?:\w+: | {2}\w+ {2,}(?=\S)| *)/;

/** Breaks the lines of an error that are too long, each below where its text begins. */
export function wrapLines(text: string, columns: number): string {
  return text
    .split("\n")
    .map((line) => {
      const plain = Bun.stripANSI(line);
      if (literalLine.test(plain)) return line;
      return wrapText(line, { columns, indent: lineStart.exec(plain)?.[0].length ?? 0 });
    })
    .join("\n");
}

/** What stands before the description of an option or a command in a usage text. */
const usageName = /^ +\S.*? {4}(?=\S)/;

/** Breaks the lines of a usage text that are too long, each below where its description begins. */
export function wrapUsage(text: string, columns: number): string {
  return text
    .split("\n")
    .map((line) => {
      const indent = usageName.exec(Bun.stripANSI(line))?.[0].length ?? 0;
      return wrapText(line, { columns, indent });
    })
    .join("\n");
}
