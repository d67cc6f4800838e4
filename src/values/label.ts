import * as v from "valibot";

/**
 * The schema of a label of what is on a device, such that blkid(8) shows it as it was written.
 *
 * @param what What has it, for messages.
 * @param mostBytes The bytes of UTF-8 that it has room for.
 */
export function labelFor(what: string, mostBytes: number) {
  return v.pipe(
    v.string(),
    v.regex(
      /^\P{Cc}*[^\p{Cc}\s]$/u,
      "expected a label that is not empty, does not end in a space and has no control characters",
    ),
    v.maxBytes(mostBytes, `expected a label of at most ${mostBytes} bytes, as ${what} allows`),
  );
}

/**
 * A label that was found on a device, in quotes and on one line: it may hold line breaks, and whoever made it could write
 * lines of a listing with them.
 */
export function quotedLabel(label: string): string {
  return `"${label.replaceAll(/[\n\r\t]/g, (character) => JSON.stringify(character).slice(1, -1))}"`;
}
