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
