import { lineStart } from "./line-start.ts";

/** A key as TOML writes it, bare or quoted, and several with dots between them. */
const key = String.raw`(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')`;
const dottedKey = String.raw`${key}(?:[ \t]*\.[ \t]*${key})*`;

const keyValueStart = new RegExp(String.raw`^[ \t]*${dottedKey}[ \t]*=`);
const header = /^[ \t]*\[/;
const wholeHeader = new RegExp(
  String.raw`^[ \t]*(?:\[${dottedKey}\]|\[\[${dottedKey}\]\])[ \t]*(?:#.*)?$`,
);

/** What makes a key at the begin of a text. */
const leadingKey = new RegExp(`^${dottedKey}`);

/** The dotted key at the begin of a text; empty when there is none. */
export function keyAt(text: string): string {
  return leadingKey.exec(text)?.[0] ?? "";
}

/** Whether a line looks like the first of a statement. */
function opensStatement(line: string): boolean {
  return keyValueStart.test(line) || wholeHeader.test(line);
}

/** The parser's message about an element of an array where a comma should be: often the next statement. */
export const missingComma = "Expected comma (,) token";

/** Whether a statement begins at an offset, or a table header is around it. */
export function isAtStatement(text: string, offset: number): boolean {
  const { start, end } = lineAt(text, offset);
  const line = text.slice(start, end);
  return (
    wholeHeader.test(line) || (opensStatement(line) && line.slice(0, offset - start).trim() === "")
  );
}

/** Whether the line of an offset is the header of a table. */
export function isHeaderAt(text: string, offset: number): boolean {
  const { start, end } = lineAt(text, offset);
  return header.test(text.slice(start, end));
}

/** How many brackets and strings over several lines a text leaves open. */
function openEnds(text: string): number {
  const bare = text
    .replaceAll(/"""[\s\S]*?"""|'''[\s\S]*?'''/g, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/g, "")
    .replaceAll(/#.*/g, "");
  const count = (pattern: RegExp) => bare.match(pattern)?.length ?? 0;
  return count(/[[{]/g) - count(/[\]}]/g) + count(/"""|'''/g);
}

/** Where the line of an offset begins and where it ends, without its line break. */
function lineAt(text: string, offset: number): { readonly start: number; readonly end: number } {
  const start = lineStart(text, offset);
  const end = text.indexOf("\n", start);
  return { start, end: end === -1 ? text.length : end };
}

/** The first line, from one on upwards, that looks like the first of a statement, as far as that is still open. */
function statementStart(text: string, line: number): number {
  for (let start = line; start > 0; ) {
    start = lineAt(text, start - 1).start;
    if (opensStatement(text.slice(start, lineAt(text, start).end))) {
      return openEnds(text.slice(start, line)) > 0 ? start : line;
    }
  }
  return line;
}

/**
 * The end of a statement: of its line, or of the last one before the next statement if something is left open.
 *
 * @param inBraces Whether lines that look like statements belong to it.
 */
function statementEnd(text: string, start: number, line: number, inBraces: boolean): number {
  let { end } = lineAt(text, line);
  while (end < text.length && openEnds(text.slice(start, end)) > 0) {
    const next = lineAt(text, end + 1);
    const following = text.slice(next.start, next.end);
    if (wholeHeader.test(following) || (!inBraces && opensStatement(following))) break;
    end = next.end;
  }
  return end;
}

/**
 * The text with the statement around an offset taken out, so that what follows can be judged as well. Every other
 * character keeps its place. A table header is exchanged for one that nothing else has: the keys below it must not fall
 * into the table above.
 *
 * @param count How many were taken out before.
 * @param inBraces Whether the offset lies in a table in braces that goes over several lines.
 */
export function withoutStatement(
  text: string,
  offset: number,
  count: number,
  inBraces: boolean,
): string {
  const line = lineAt(text, offset);
  const isStart = !inBraces && opensStatement(text.slice(line.start, line.end));
  const start = isStart ? line.start : statementStart(text, line.start);
  const end = statementEnd(text, start, line.start, inBraces);
  const statement = text.slice(start, end);
  const blank = statement.replaceAll(/[^\n]/g, " ");
  const room = lineAt(text, start).end - start;
  const placeholder = [`[_${count}]`, `[${count.toString(36)}]`].find(
    ({ length }) => length <= room,
  );
  const exchanged =
    header.test(statement) && placeholder !== undefined
      ? `${placeholder}${blank.slice(placeholder.length)}`
      : blank;
  return `${text.slice(0, start)}${exchanged}${text.slice(end)}`;
}
