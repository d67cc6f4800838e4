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

/** Breaks a text into lines at its spaces. A word that is too long has a line of its own and is not broken. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && Bun.stringWidth(longer) > columns) {
      lines.push(line.trimEnd());
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
