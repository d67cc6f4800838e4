import { TarError } from "./tar-entry.ts";

/** Bytes of a header, and the unit that data is padded to. */
export const blockSize = 512;

/** The fields of a header block that matter for unpacking. Names are bytes, one per character (latin1). */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** One character, `0` for NUL. */
  readonly type: string;
  readonly linkName: string;
}

/**
 * Reads a header block: POSIX ustar, GNU, or of before POSIX (pax(1), "ustar Interchange Format"; tar(5) of libarchive).
 *
 * @throws {TarError} when its checksum or a number in it is wrong.
 */
export function parseTarHeader(block: Buffer): TarHeader {
  if (parseNumber(block, 148, 8) !== checksum(block)) {
    throw new TarError("the checksum of a header is wrong");
  }
  const name = text(block, 0, 100);
  // GNU archives have other fields in the place of the prefix, and end their magic with blanks.
  const prefix = block.toString("latin1", 257, 263) === "ustar\0" ? text(block, 345, 155) : "";
  const type = block.toString("latin1", 156, 157);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: parseNumber(block, 100, 8),
    size: parseNumber(block, 124, 12),
    type: type === "\0" ? "0" : type,
    linkName: text(block, 157, 100),
  };
}

/** The bytes of a field up to the first NUL. */
function text(block: Buffer, start: number, length: number): string {
  const field = block.toString("latin1", start, start + length);
  const end = field.indexOf("\0");
  return end === -1 ? field : field.slice(0, end);
}

/** The sum of all bytes, those of the checksum itself taken as blanks. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < blockSize; index++) {
    if (index < 148 || index >= 156) sum += block[index] ?? 0;
  }
  return sum;
}

/** A number in octal digits, or big-endian binary marked by the first bit as GNU tar writes what octal cannot hold. */
function parseNumber(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first >= 0x80) {
    let value = first & 0x7f;
    for (let index = start + 1; index < start + length; index++) {
      value = value * 256 + (block[index] ?? 0);
    }
    if (!Number.isSafeInteger(value)) throw new TarError("a number in a header is too large");
    return value;
  }
  const digits = block
    .toString("latin1", start, start + length)
    .replace(/\0.*$/s, "")
    .trim();
  if (!/^[0-7]*$/.test(digits)) throw new TarError("a number in a header is none");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}
