import { FormatError } from "./format-error.ts";

/** The digits of Nix's base 32: no `e`, `o`, `u`, `t`. */
const alphabet = "0123456789abcdfghijklmnpqrsvwxyz";

const digitOfCode = new Map(Array.from(alphabet, (digit, value) => [digit.charCodeAt(0), value]));

/**
 * Bytes in Nix's base 32: `ceil(8 * length / 5)` digits of five bits, the least significant last, so that the text
 * reads from the end of the bytes. Format: `src/libutil/base-nix-32.cc` of Nix.
 */
export function encodeNix32(bytes: Uint8Array): string {
  const length = Math.ceil((bytes.length * 8) / 5);
  // Not a text that grows by a digit: it would be kept as so many texts, each holding the one before.
  const digits = Buffer.allocUnsafe(length);
  for (let position = 0; position < length; position++) {
    const bit = position * 5;
    const index = bit >>> 3;
    const pair = (bytes[index] ?? 0) | ((bytes[index + 1] ?? 0) << 8);
    digits[length - 1 - position] = alphabet.charCodeAt((pair >>> (bit & 7)) & 31);
  }
  return digits.toString("latin1");
}

/**
 * The bytes of a text in Nix's base 32, the reverse of {@link encodeNix32}.
 *
 * @throws {FormatError} on a digit outside the alphabet, a length that no number of bytes encodes to, and bits set
 * beyond the last byte.
 */
export function decodeNix32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  if (Math.ceil((bytes.length * 8) / 5) !== text.length) {
    throw new FormatError(`${JSON.stringify(text)} has no length of a base-32 text`);
  }
  for (let position = 0; position < text.length; position++) {
    const digit = digitOfCode.get(text.charCodeAt(text.length - 1 - position));
    if (digit === undefined) {
      throw new FormatError(`${JSON.stringify(text)} has a character that base 32 does not`);
    }
    const bit = position * 5;
    const index = bit >>> 3;
    const pair = digit << (bit & 7);
    bytes[index] = (bytes[index] ?? 0) | pair;
    if (pair > 255) {
      if (index + 1 === bytes.length) {
        throw new FormatError(`${JSON.stringify(text)} has bits beyond its last byte`);
      }
      bytes[index + 1] = pair >>> 8;
    }
  }
  return bytes;
}
