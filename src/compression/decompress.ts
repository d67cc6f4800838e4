import type { Compression } from "../nix/narinfo.ts";
import { decompressBzip2 } from "./decompress-bzip2.ts";
import { decompressXz } from "./decompress-xz.ts";
import { type Bytes, toStream } from "./to-stream.ts";

/** The names that `DecompressionStream` has for what it can do; in Bun more than the standard asks for. */
const streamFormats = { gzip: "gzip", br: "brotli", zstd: "zstd" } as const;

/**
 * Undoes a compression as the bytes arrive, with memory for little more than the format's window. Needs no program of
 * the live system.
 *
 * Input that is cut off, broken, or followed by something else is refused, with an error of the decoder's own; errors
 * of `source` come through as they are. xz reads no further than the end of its stream.
 *
 * @param compression By the names of narinfos.
 */
export function decompress(
  compression: Compression,
  source: AsyncGenerator<Bytes, void>,
): AsyncIterable<Uint8Array> {
  if (compression === "none") return source;
  if (compression === "xz") return decompressXz(source);
  if (compression === "bzip2") return decompressBzip2(source);
  return toStream(source).pipeThrough(new DecompressionStream(streamFormats[compression]));
}
