import { describe, expect, test } from "bun:test";
import { createDecompressor, Decompressor } from "../../../src/compression/decompressor.ts";
import { loadWasmLiblzma } from "../../../src/compression/liblzma-wasm.ts";
import { createLzmaDecoder } from "../../../src/compression/lzma-decoder.ts";
import { compressors, contents, inPieces, join } from "./samples.ts";

const wasm = loadWasmLiblzma();

/** Each format, and those of liblzma once more without native code. */
const kinds = [
  ["zstd", compressors.zstd, () => createDecompressor("zstd")],
  ["gzip", compressors.gzip, () => createDecompressor("gzip")],
  ["br", compressors.br, () => createDecompressor("br")],
  ["bzip2", compressors.bzip2, () => createDecompressor("bzip2")],
  ["lz4", compressors.lz4, () => createDecompressor("lz4")],
  ["xz", compressors.xz, () => createDecompressor("xz")],
  ["lzip", compressors.lzip, () => createDecompressor("lzip")],
  ["lzma", compressors.lzma, () => createDecompressor("lzma")],
  ["xz (wasm)", compressors.xz, () => new Decompressor(createLzmaDecoder("xz", wasm))],
  ["lzip (wasm)", compressors.lzip, () => new Decompressor(createLzmaDecoder("lzip", wasm))],
  ["lzma (wasm)", compressors.lzma, () => new Decompressor(createLzmaDecoder("lzma", wasm))],
] as const;

/** Formats that have neither members to put one after the other nor a checksum. */
const simple = ["br", "lzma", "lzma (wasm)"];

/** What comes of all of the input, given in pieces. */
function undo(create: () => Decompressor, bytes: Uint8Array, size = 65_536): Uint8Array {
  const decompressor = create();
  const pieces: Uint8Array[] = [];
  const emit = (piece: Uint8Array) => pieces.push(piece.slice());
  try {
    for (const chunk of inPieces(bytes, size)) decompressor.write(chunk, emit);
    decompressor.end(emit);
  } finally {
    decompressor.close();
  }
  return join(...pieces);
}

describe.each(kinds)("%s", (kind, compress, create) => {
  const compressed = compress(contents);

  test.each([1, 1000, 65_536, 1 << 24])("in pieces of %d bytes", (size) => {
    expect(Bun.hash(undo(create, compressed, size))).toBe(Bun.hash(contents));
  });

  test("of nothing", () => {
    expect(undo(create, compress(new Uint8Array(0)))).toHaveLength(0);
  });

  test("that is empty is refused", () => {
    expect(() => undo(create, new Uint8Array(0))).toThrow(/empty|end/);
  });

  test("cut off anywhere is refused", () => {
    const { length } = compressed;
    const near = Array.from({ length: 24 }, (_, index) => index + 1);
    const lengths = [...near, ...near.map((byte) => length - byte), length >> 1, length >> 2];
    for (const end of lengths) {
      expect(() => undo(create, compressed.subarray(0, end))).toThrow(/end|empty/);
    }
  });

  test.each([1, 1000, 1 << 24])(
    "followed by something else is refused, in pieces of %d",
    (size) => {
      const rubbish = Buffer.from("and something else");
      expect(() => undo(create, join(compressed, rubbish), size)).toThrow();
      expect(() => undo(create, join(compressed, new Uint8Array(7)), size)).toThrow();
    },
  );

  test("that is another format is refused", () => {
    expect(() => undo(create, Buffer.from("<!DOCTYPE html><title>Log in</title>"))).toThrow();
    const other = kind.startsWith("xz") ? compressors.gzip(contents) : compressors.xz(contents);
    expect(() => undo(create, other)).toThrow();
  });

  test("with a bit changed is refused, or means the same", () => {
    if (simple.includes(kind)) return;
    for (let index = 0; index < 60; index += 1) {
      const changed = compressed.slice();
      const at = index < 20 ? index : (index * 7919) % changed.length;
      changed[at] = (changed[at] ?? 0) ^ (1 << (index % 8));
      let result: Uint8Array | undefined;
      try {
        result = undo(create, changed);
      } catch {
        continue;
      }
      expect(Bun.hash(result)).toBe(Bun.hash(contents));
    }
  });

  test("in several members", () => {
    if (simple.includes(kind)) return;
    const members = join(compressed, compress(new Uint8Array(0)), compressed);
    for (const size of [1000, compressed.length, 1 << 24]) {
      const result = undo(create, members, size);
      expect(Bun.hash(result)).toBe(Bun.hash(join(contents, contents)));
    }
  });

  test("of very much is left as soon as it is too much", () => {
    const bomb = compress(new Uint8Array(16 << 20));
    const decompressor = create();
    let emitted = 0;
    const emit = (piece: Uint8Array) => {
      emitted += piece.length;
      if (emitted > 1_000_000) throw new Error("too much");
    };
    expect(() => {
      decompressor.write(bomb, emit);
      decompressor.end(emit);
    }).toThrow("too much");
    decompressor.close();
    expect(emitted).toBeLessThan(2_000_000);
    expect(Bun.hash(undo(create, compressed))).toBe(Bun.hash(contents));
  });

  test("two at the same time", () => {
    const [first, second] = [create(), create()];
    const ofFirst: Uint8Array[] = [];
    const ofSecond: Uint8Array[] = [];
    const emitFirst = (piece: Uint8Array) => ofFirst.push(piece.slice());
    const emitSecond = (piece: Uint8Array) => ofSecond.push(piece.slice());
    for (const chunk of inPieces(compressed, 1000)) {
      first.write(chunk, emitFirst);
      second.write(chunk, emitSecond);
    }
    first.end(emitFirst);
    second.end(emitSecond);
    first.close();
    second.close();
    expect(Bun.hash(join(...ofFirst))).toBe(Bun.hash(contents));
    expect(Bun.hash(join(...ofSecond))).toBe(Bun.hash(contents));
  });
});
