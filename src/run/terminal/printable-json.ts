/**
 * JSON in which characters that a terminal acts on are escaped, as JSON allows. `JSON.stringify` escapes those of ASCII
 * only, not the control characters behind it or those that turn the direction of a line.
 *
 * @param indent Spaces for each level, for people; on one line without it.
 */
export function printableJson(data: unknown, indent = 0): string {
  return JSON.stringify(data, null, indent).replaceAll(
    /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) =>
      Array.from({ length: character.length }, (_, index) => {
        const digits = character.charCodeAt(index).toString(16).padStart(4, "0");
        return `\\u${digits}`;
      }).join(""),
  );
}
