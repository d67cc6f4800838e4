import type { Decoder } from "../../compression/decoder.ts";
import { createDecoder } from "../../compression/decoders.ts";
import { createLz4LegacyDecoder } from "../../compression/lz4-legacy-decoder.ts";

/** How many bytes tell the compressions apart. */
export const magicLength = 6;

/** How a compression begins, and what undoes it; the kernel's own list (Linux's `lib/decompress.c`). */
interface Format {
  readonly name: string;
  readonly magic: readonly number[];
  /** Left out where nothing here does. */
  readonly create?: () => Decoder;
}

const formats: readonly Format[] = [
  { name: "gzip", magic: [0x1f, 0x8b], create: () => createDecoder("gzip") },
  { name: "bzip2", magic: [0x42, 0x5a, 0x68], create: () => createDecoder("bzip2") },
  { name: "lzma", magic: [0x5d, 0x00, 0x00], create: () => createDecoder("lzma") },
  {
    name: "xz",
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
    create: () => createDecoder("xz"),
  },
  { name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd], create: () => createDecoder("zstd") },
  { name: "lz4", magic: [0x02, 0x21, 0x4c, 0x18], create: createLz4LegacyDecoder },
  { name: "lzo", magic: [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d] },
];

/**
 * Starts the decoder of what a compressed part of an initrd is compressed with.
 *
 * @param start The first {@link magicLength} bytes of it, or fewer where there are no more.
 * @throws Error for what is no compression that can be undone here.
 */
export function decoderFor(start: Uint8Array): Decoder {
  const format = formats.find(({ magic }) => magic.every((byte, index) => start[index] === byte));
  if (format === undefined) {
    throw new Error("it is neither a cpio archive nor compressed in a way that Linux knows");
  }
  if (format.create === undefined) {
    throw new Error(`it is compressed with ${format.name}, which the installer cannot undo`);
  }
  return format.create();
}
