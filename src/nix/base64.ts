import { FormatError } from "./format-error.ts";

/**
 * The bytes of a text in padded base 64 (RFC 4648, section 4).
 *
 * @throws {FormatError} on any other character, missing padding and bits beyond the last byte.
 */
export function decodeBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  // Buffer skips what it does not know; only a canonical text comes back as it went in.
  if (bytes.toString("base64") !== text) {
    throw new FormatError(`${JSON.stringify(text)} is not base 64`);
  }
  return new Uint8Array(bytes);
}
