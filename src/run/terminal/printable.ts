/** What must not reach a terminal from a foreign text: control and format characters, line separators, lone surrogates. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
}

/**
 * A foreign text (a command's output, a server's answer, a line of the manifest) with everything that a terminal would
 * act on made visible as `\x1b` or `\u{202e}`. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) =>
    character === "\n" || character === "\t" ? character : visible(character),
  );
}

/** As {@link printable}, for a text that is to stay on one line: its line breaks and tabs become spaces. */
export function printableLine(text: string): string {
  return printable(text.trim().replaceAll(/[\n\t]+\s*/g, " "));
}
