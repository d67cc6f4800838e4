import { beforeAll, describe, expect, test } from "bun:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { decompress } from "../../../src/compression/decompress.ts";
import { rejection } from "../../support/rejection.ts";

/** Some of it compresses, some does not. */
const contents = Buffer.from(
  Array.from({ length: 700_000 }, (_, index) => (index % 3 === 0 ? (index * index) >> 5 : 65)),
);

function pipe(argv: readonly string[]): Buffer {
  const { stdout, exitCode } = Bun.spawnSync([...argv], { stdin: contents });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} failed`);
  return stdout;
}

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size)
    yield new Uint8Array(bytes.subarray(at, at + size));
}

async function undo(compression: keyof typeof makers, bytes: Uint8Array, size = 65_536) {
  return Buffer.concat(await Array.fromAsync(decompress(compression, pieces(bytes, size))));
}

const makers = {
  zstd: () => zstdCompressSync(contents),
  gzip: () => gzipSync(contents),
  br: () => brotliCompressSync(contents),
  xz: () => pipe(["xz", "-6", "-c"]),
  bzip2: () => pipe(["bzip2", "-c"]),
} as const;

describe.each(["zstd", "gzip", "br", "xz", "bzip2"] as const)("%s", (compression) => {
  let compressed: Buffer;

  beforeAll(() => {
    compressed = makers[compression]();
  });

  test.each([1000, 65_536, 1 << 24])("in pieces of %d bytes", async (size) => {
    expect((await undo(compression, compressed, size)).equals(contents)).toBe(true);
  });

  test.each([0.2, 0.7, 0.9999])("cut off after %d of it", async (part) => {
    const cut = compressed.subarray(0, Math.floor(compressed.length * part));
    const error = await rejection(undo(compression, cut));
    expect(error.message).toMatch(/end/);
  });

  test("another format", async () => {
    await rejection(undo(compression, Buffer.from("<!DOCTYPE html><title>Login</title>")));
  });

  test("a source that fails", async () => {
    const failure = new Error("the network is gone");
    async function* failing() {
      yield new Uint8Array(compressed.subarray(0, 1000));
      throw failure;
    }
    expect(await rejection(Array.fromAsync(decompress(compression, failing())))).toBe(failure);
  });

  test("left early, and the next one decoded", async () => {
    const ended = Promise.withResolvers<void>();
    async function* watched() {
      try {
        yield* pieces(compressed, 1000);
      } finally {
        ended.resolve();
      }
    }
    for await (const _ of decompress(compression, watched())) break;
    await ended.promise;
    expect((await undo(compression, compressed)).length).toBe(contents.length);
  });
});

test("several at once", async () => {
  const xz = makers.xz();
  const results = await Promise.all([undo("xz", xz), undo("xz", xz), undo("zstd", makers.zstd())]);
  expect(results.map((result) => result.equals(contents))).toEqual([true, true, true]);
});

test.each([
  ["of several blocks", ["xz", "-T2", "--block-size=100000", "-c"]],
  ["with CRC32", ["xz", "--check=crc32", "-c"]],
  ["without a check", ["xz", "--check=none", "-c"]],
  ["of the highest level", ["xz", "-9e", "-c"]],
])("xz %s", async (_kind, argv) => {
  expect((await undo("xz", pipe(argv))).equals(contents)).toBe(true);
});
