import { brotliCompressSync, constants } from "node:zlib";
import type { Compression } from "../../../src/nix/narinfo.ts";

/** What a test compresses: some of it can be, some cannot. */
export const contents: Uint8Array = Uint8Array.from({ length: 300_000 }, (_, index) =>
  index % 3 === 0 ? (index * index) >> 5 : 65,
);

/** What a program makes of its standard input. */
export function pipe(argv: readonly string[], input: Uint8Array = contents): Uint8Array {
  const { stdout, stderr, exitCode } = Bun.spawnSync([...argv], { stdin: input });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr.toString()}`);
  return new Uint8Array(stdout);
}

const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/** By the program that belongs to the format, where there is one in every Debian. */
export const compressors: Readonly<Record<Compression, (input: Uint8Array) => Uint8Array>> = {
  none: (input) => input,
  zstd: (input) => pipe(["zstd", "-c"], input),
  xz: (input) => pipe(["xz", "-1c"], input),
  gzip: (input) => pipe(["gzip", "-c"], input),
  br: (input) => new Uint8Array(brotliCompressSync(input, quick)),
  bzip2: (input) => pipe(["bzip2", "-c"], input),
  lzip: (input) => pipe(["lzip", "-1c"], input),
  lzma: (input) => pipe(["xz", "--format=lzma", "-1c"], input),
  lz4: (input) => pipe(["lz4", "-c"], input),
};

/** One thing after the other. */
export function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** What a decoder or decompressor is handed and gives, in pieces of `size` bytes. */
export function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}
