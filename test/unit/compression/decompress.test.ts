import { expect, test } from "bun:test";
import { decompress } from "../../../src/compression/decompress.ts";
import { rejection } from "../../support/rejection.ts";
import { compressors, contents, inPieces, join } from "./samples.ts";

const compressed = compressors.xz(contents);

async function* source(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for (const piece of inPieces(compressed, 10_000)) yield new Uint8Array(piece);
}

test("pieces stay as they are when the next ones come", async () => {
  const pieces = await Array.fromAsync(decompress("xz", source()));
  expect(pieces.length).toBeGreaterThan(2);
  expect(Bun.hash(join(...pieces))).toBe(Bun.hash(contents));
});

test("what the source fails with comes through", async () => {
  const failure = new Error("the network is gone");
  async function* failing() {
    yield new Uint8Array(compressed.subarray(0, 1000));
    throw failure;
  }
  expect(await rejection(Array.fromAsync(decompress("xz", failing())))).toBe(failure);
});

test("whoever leaves early lets the source end, and the next one decode", async () => {
  const ended = Promise.withResolvers<void>();
  async function* watched() {
    try {
      yield* source();
    } finally {
      ended.resolve();
    }
  }
  for await (const _ of decompress("xz", watched())) break;
  await ended.promise;
  const pieces = await Array.fromAsync(decompress("xz", source()));
  expect(Bun.hash(join(...pieces))).toBe(Bun.hash(contents));
});
