/**
 * Where the line of an offset begins, in UTF-16 units. Of the first character of a text it is 0, also if that is a line
 * break: `lastIndexOf` takes a negative position for 0, and would find that one.
 */
export function lineStart(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}
