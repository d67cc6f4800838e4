import type { Decoder } from "./decoder.ts";
import type { InputQueue } from "./input-queue.ts";
import { decodeLz4Block } from "./lz4-block.ts";
import { type Lz4FrameHeader, readLz4FrameHeader } from "./lz4-frame-header.ts";
import { outputBuffer } from "./output-buffer.ts";
import { type Decoding, QueuedDecoder } from "./queued-decoder.ts";
import { Xxh32 } from "./xxh32.ts";

/**
 * Undoes LZ4 as frames, any number of them (`doc/lz4_Frame_format.md` of LZ4, version 1.6.4), which is what the program
 * `lz4` and libarchive write. With all checksums; without dictionaries and the format of before 2014. Holds a block
 * compressed and not, 4 MiB each at most.
 */
export function createLz4Decoder(): Decoder {
  return new QueuedDecoder("lz4", decodeFrames);
}

const frameMagic = 0x184d2204;
/** The first of 16 kinds of frames that are to be skipped. */
const skippableMagic = 0x184d2a50;

/** How far back a block may refer. */
const historySize = 65_536;

function* decodeFrames(input: InputQueue): Decoding {
  for (let isFirst = true; ; isFirst = false) {
    yield 4;
    if (input.length === 0 && !isFirst) return;
    const magic = readUint32(input);
    if (magic === frameMagic) {
      yield* decodeFrame(input);
    } else if (magic >= skippableMagic && magic < skippableMagic + 16) {
      yield* skipFrame(input);
    } else {
      throw new Error(
        isFirst ? "it is not an lz4 stream" : "the lz4 stream is followed by something else",
      );
    }
  }
}

function* skipFrame(input: InputQueue): Decoding {
  yield 4;
  let rest = readUint32(input);
  while (rest > 0) {
    yield 1;
    rest -= input.take(Math.min(rest, Math.max(input.length, 1))).length;
  }
}

function* decodeFrame(input: InputQueue): Decoding {
  const header = yield* readLz4FrameHeader(input);
  const window = new Uint8Array(historySize + header.blockSize);
  const hash = new Xxh32();
  let size = 0;
  /** Where the next block begins in the window. */
  let start = 0;
  for (;;) {
    const block = yield* readBlock(input, header);
    if (block === undefined) break;
    const end = decodeBlock(block, window, start, header);
    for (const piece of pieces(window.subarray(start, end))) {
      if (header.hasContentChecksum) hash.update(piece);
      yield piece;
    }
    size += end - start;
    start = keepHistory(window, end);
  }
  if (header.hasContentChecksum) {
    yield 4;
    if (readUint32(input) !== hash.digest()) throw damaged();
  }
  if (header.contentSize !== undefined && header.contentSize !== BigInt(size)) throw damaged();
}

interface Block {
  readonly bytes: Uint8Array;
  readonly isCompressed: boolean;
}

/** The next block, or nothing at the frame's end. */
function* readBlock(
  input: InputQueue,
  header: Lz4FrameHeader,
): Generator<number, Block | undefined> {
  yield 4;
  const word = readUint32(input);
  if (word === 0) return undefined;
  const length = word & 0x7fff_ffff;
  if (length > header.blockSize) throw damaged();
  const checksumLength = header.hasBlockChecksums ? 4 : 0;
  yield length + checksumLength;
  const bytes = input.take(length);
  if (header.hasBlockChecksums && readUint32(input) !== Bun.hash.xxHash32(bytes)) throw damaged();
  return { bytes, isCompressed: word === length };
}

/** Decodes a block into the window, from `start` on; gives where it ends there. */
function decodeBlock(
  block: Block,
  window: Uint8Array,
  start: number,
  header: Lz4FrameHeader,
): number {
  const capacity = window.subarray(0, start + header.blockSize);
  if (block.isCompressed) {
    const oldest = header.areBlocksLinked ? 0 : start;
    const end = decodeLz4Block(block.bytes, capacity, start, oldest);
    if (end === undefined) throw damaged();
    return end;
  }
  capacity.set(block.bytes, start);
  return start + block.bytes.length;
}

/** Moves the history of the next block to the window's front; gives where it ends. */
function keepHistory(window: Uint8Array, end: number): number {
  if (end <= historySize) return end;
  window.copyWithin(0, end - historySize, end);
  return historySize;
}

function* pieces(block: Uint8Array): Generator<Uint8Array, void> {
  const { length } = outputBuffer;
  for (let at = 0; at < block.length; at += length) yield block.subarray(at, at + length);
}

function readUint32(input: InputQueue): number {
  const bytes = input.take(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function damaged(): Error {
  return new Error("the lz4 stream is damaged");
}
