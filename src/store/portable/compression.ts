import type { Compression } from "../../nix/narinfo.ts";

const magics: readonly (readonly [Compression, readonly number[]])[] = [
  // https://tukaani.org/xz/xz-file-format.txt 2.1.1.1
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  // RFC 8878 3.1.1
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  // RFC 1952 2.3.1
  ["gzip", [0x1f, 0x8b]],
];

/** Bytes that {@link detectCompression} looks at. */
export const magicLength = 6;

/** How data is packed, told from its first {@link magicLength} bytes; `none` when it is nothing known. */
export function detectCompression(start: Uint8Array): Compression {
  const [compression] = magics.find(([, magic]) =>
    magic.every((byte, index) => start[index] === byte),
  ) ?? ["none"];
  return compression;
}
