import { describe, expect, test } from "bun:test";
import type { Decoder } from "../../../src/compression/decoder.ts";
import { createDecoder } from "../../../src/compression/decoders.ts";
import { liblzma } from "../../../src/compression/liblzma.ts";
import { loadWasmLiblzma } from "../../../src/compression/liblzma-wasm.ts";
import { createLzmaDecoder } from "../../../src/compression/lzma-decoder.ts";
import type { LzmaLibrary } from "../../../src/compression/lzma-library.ts";
import { Xxh32 } from "../../../src/compression/xxh32.ts";
import { contents, inPieces, join, pipe } from "./samples.ts";

/* What the programs of the formats can be told to make: each must be read, or refused for what it is. */

function undo(decoder: Decoder, bytes: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  try {
    for (const chunk of inPieces(bytes, 20_000)) {
      for (const piece of decoder.decode(chunk)) pieces.push(piece.slice());
    }
    for (const piece of decoder.finish()) pieces.push(piece.slice());
  } finally {
    decoder.close();
  }
  return join(...pieces);
}

function undoing(bytes: Uint8Array, library: LzmaLibrary): () => Uint8Array {
  return () => undo(createLzmaDecoder("xz", library), bytes);
}

/** Bytes that refer to those far before them, in one stretch that nothing compresses. */
const far = join(contents, crypto.getRandomValues(new Uint8Array(50_000)), contents);

test.each([
  ["zstd", "zstd -c --no-check"],
  ["zstd", "zstd -19 -c"],
  ["zstd", "zstd -c --long=27"],
  ["zstd", "zstd -c -B1000000 -T2"],
  ["zstd", "zstd -c --stream-size=650000"],
  ["gzip", "gzip -9c"],
  ["bzip2", "bzip2 -1c"],
  ["lzip", "lzip -9c"],
  ["lzma", "xz --format=lzma -9c"],
  ["lz4", "lz4 -c -B4"],
  ["lz4", "lz4 -c -B4 -BD"],
  ["lz4", "lz4 -c -B5 -BD -BX"],
  ["lz4", "lz4 -c -B7 -BX --no-frame-crc"],
  ["lz4", "lz4 -9c -BD --content-size"],
  ["lz4", "lz4 -c --no-frame-crc"],
] as const)("%s by %s", (compression, command) => {
  const bytes = pipe(command.split(" "), far);
  expect(Bun.hash(undo(createDecoder(compression), bytes))).toBe(Bun.hash(far));
});

describe.each([
  ["as native code or what there is", liblzma()],
  ["as WebAssembly", loadWasmLiblzma()],
])("liblzma %s", (_kind, library) => {
  test.each([
    "xz -T2 --block-size=100000 -c",
    "xz --check=none -c",
    "xz --check=crc32 -c",
    "xz --check=sha256 -c",
    "xz -9e -c",
    "xz --x86 --lzma2 -c",
    "xz --delta=dist=4 --lzma2=dict=4KiB,lc=0,lp=4,pb=0 -c",
    "xz --lzma2=dict=64MiB -c",
  ])("undoes %s", (command) => {
    const bytes = pipe(command.split(" "), far);
    expect(Bun.hash(undo(createLzmaDecoder("xz", library), bytes))).toBe(Bun.hash(far));
  });

  /** lzip makes its dictionary no larger than the input; the exponent of its size is the byte at 5. */
  const largeLzip = pipe(["lzip", "-c"], far);
  largeLzip[5] = 27;

  test.each([
    ["xz", pipe(["xz", "--lzma2=dict=96MiB", "-c"], far)],
    ["lzip", largeLzip],
    ["lzma", pipe(["xz", "--format=lzma", "--lzma1=dict=96MiB", "-c"], far)],
  ] as const)("refuses too large a dictionary of %s", (format, bytes) => {
    const decoder = createLzmaDecoder(format, library);
    expect(() => undo(decoder, bytes)).toThrow("larger than 64 MiB");
  });

  test("says what is wrong", () => {
    const bytes = pipe(["xz", "-c"], far);
    const damaged = bytes.slice();
    damaged[2000] = (damaged[2000] ?? 0) ^ 1;
    expect(undoing(damaged, library)).toThrow("the xz stream is damaged");
    expect(undoing(bytes.subarray(0, 5000), library)).toThrow("the xz stream ends too early");
    expect(undoing(Buffer.from("<!DOCTYPE html>"), library)).toThrow("it is not an xz stream");
    expect(undoing(pipe(["lzip", "-c"], far), library)).toThrow("it is not an xz stream");
  });
});

describe("lz4 is refused", () => {
  const frame = pipe(["lz4", "-c", "-BX"], far);

  test.each([
    ["of before 2014", pipe(["lz4", "-c", "-l"], far), "it is not an lz4 stream"],
    ["with another version", changed(frame, 4, 0x80), "damaged"],
    ["with a wrong checksum of its header", changed(frame, 6, 1), "damaged"],
    ["with a wrong checksum of a block", changed(frame, 3000, 1), "damaged"],
    ["with a wrong checksum of all", changed(frame, frame.length - 1, 1), "damaged"],
  ] as const)("%s", (_what, bytes, message) => {
    expect(() => undo(createDecoder("lz4"), bytes)).toThrow(message);
  });
});

test("frames that are to be skipped are skipped", () => {
  const skippable = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5);
  for (const format of ["lz4", "zstd"] as const) {
    const frame = pipe([format, "-c"]);
    const bytes = join(skippable, frame, skippable);
    expect(Bun.hash(undo(createDecoder(format), bytes))).toBe(Bun.hash(contents));
    const cut = bytes.subarray(0, bytes.length - 2);
    expect(() => undo(createDecoder(format), cut)).toThrow("ends too early");
  }
});

test("XXH32 in pieces is that of all at once", () => {
  for (let length = 0; length < 100; length += 1) {
    const bytes = far.subarray(300_000, 300_000 + length);
    for (const size of [1, 7, 16, 33]) {
      const hash = new Xxh32();
      for (const piece of inPieces(bytes, size)) hash.update(piece);
      expect(hash.digest()).toBe(Bun.hash.xxHash32(bytes));
    }
  }
});

function changed(bytes: Uint8Array, at: number, bits: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ bits;
  return copy;
}
