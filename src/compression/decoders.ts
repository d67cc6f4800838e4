import type { Compression } from "../nix/narinfo.ts";
import { createBzip2Decoder } from "./bzip2-decoder.ts";
import type { Decoder } from "./decoder.ts";
import { createLz4Decoder } from "./lz4-decoder.ts";
import { createLzmaDecoder } from "./lzma-decoder.ts";
import { storedDecoder } from "./stored-decoder.ts";
import { createZlibDecoder } from "./zlib-decoder.ts";
import { createZstdDecoder } from "./zstd-decoder.ts";

const decoders: Readonly<Record<Compression, () => Decoder>> = {
  none: () => storedDecoder,
  zstd: createZstdDecoder,
  xz: () => createLzmaDecoder("xz"),
  gzip: () => createZlibDecoder("gzip"),
  br: () => createZlibDecoder("br"),
  bzip2: createBzip2Decoder,
  lzip: () => createLzmaDecoder("lzip"),
  lzma: () => createLzmaDecoder("lzma"),
  lz4: createLz4Decoder,
};

/** Starts the decoder of a compression, which is named as in narinfos. */
export function createDecoder(compression: Compression): Decoder {
  return decoders[compression]();
}
