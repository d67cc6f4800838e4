import { BitReader } from "./bit-reader.ts";
import { readBzip2Block } from "./bzip2-block.ts";
import { Bzip2Text } from "./bzip2-text.ts";
import type { Decoder } from "./decoder.ts";
import type { InputQueue } from "./input-queue.ts";
import { outputBuffer } from "./output-buffer.ts";
import { type Decoding, QueuedDecoder } from "./queued-decoder.ts";

/**
 * Undoes bzip2, any number of streams (there is no specification but the program; the format is described in Joe Tsai,
 * "The bzip2 Format"). Holds a block compressed and not: 9 MB at most. Blocks that were made random, as bzip2 did before
 * 1997, are refused.
 */
export function createBzip2Decoder(): Decoder {
  return new QueuedDecoder("bzip2", decodeStreams);
}

/** The magic numbers of a block and of a stream's end, of which there are 48 bits, as two halves. */
const blockMagic = [0x314159, 0x265359] as const;
const endMagic = [0x177245, 0x385090] as const;

/** Bytes of a block are counted in these. */
const blockUnit = 100_000;

function* decodeStreams(input: InputQueue): Decoding {
  for (let isFirst = true; ; isFirst = false) {
    yield 4;
    if (input.length === 0 && !isFirst) return;
    const [b, z, h, level = 0] = input.take(4);
    const blockUnits = level - 0x30;
    if (b !== 0x42 || z !== 0x5a || h !== 0x68 || blockUnits < 1 || blockUnits > 9) {
      throw new Error(
        isFirst ? "it is not a bzip2 stream" : "the bzip2 stream is followed by something else",
      );
    }
    yield* decodeStream(input, blockUnits * blockUnit);
  }
}

function* decodeStream(input: InputQueue, blockSize: number): Decoding {
  const memory = new Uint32Array(blockSize);
  // The longest that a block can be: 20 bits for each symbol, and what describes them.
  const longestBlock = blockSize * 2.5 + 64 * 1024;
  let crc = 0;
  /** Bits of the next byte that belong to what was read last. */
  let skipped = 0;
  for (;;) {
    yield longestBlock;
    const bits = new BitReader(input.peek(), skipped);
    const block = readPart(bits, memory);
    skipped = bits.position % 8;
    if (block === undefined) throw damaged();
    if ("streamCrc" in block) {
      input.take(Math.ceil(bits.position / 8));
      if (block.streamCrc !== crc) throw damaged();
      return;
    }
    input.take(Math.floor(bits.position / 8));
    yield* writeText(block.text);
    if (block.text.crc !== block.crc) throw damaged();
    crc = (((crc << 1) | (crc >>> 31)) ^ block.crc) >>> 0;
  }
}

type Part = { readonly text: Bzip2Text; readonly crc: number } | { readonly streamCrc: number };

/** Reads a block, or the stream's end. */
function readPart(bits: BitReader, memory: Uint32Array): Part | undefined {
  try {
    const [high, low] = [bits.read(24), bits.read(24)];
    const crc = bits.read32();
    if (high === endMagic[0] && low === endMagic[1]) return { streamCrc: crc };
    if (high !== blockMagic[0] || low !== blockMagic[1]) return undefined;
    const isRandom = bits.read(1) === 1;
    const origin = bits.read(24);
    const length = readBzip2Block(bits, memory);
    if (isRandom || length === undefined || origin >= length) return undefined;
    return { text: new Bzip2Text(memory.subarray(0, length), origin), crc };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error("the bzip2 stream ends too early", { cause: error });
  }
}

function* writeText(text: Bzip2Text): Generator<Uint8Array, void> {
  let length = outputBuffer.length;
  while (length === outputBuffer.length) {
    length = text.write(outputBuffer);
    if (length > 0) yield outputBuffer.subarray(0, length);
  }
}

function damaged(): Error {
  return new Error("the bzip2 stream is damaged");
}
