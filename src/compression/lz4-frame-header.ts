import type { InputQueue } from "./input-queue.ts";

/** What the header of an LZ4 frame says of it. */
export interface Lz4FrameHeader {
  /** Whether blocks may refer to those before. */
  readonly areBlocksLinked: boolean;
  readonly hasBlockChecksums: boolean;
  readonly hasContentChecksum: boolean;
  /** Bytes of the whole frame's content, where it says. */
  readonly contentSize?: bigint;
  /** Bytes that a block has at most. */
  readonly blockSize: number;
}

/** Bits of the first byte, `FLG`; version, 2 bits, must be 1. */
const versionBits = 0xc0;
const version = 0x40;
const independenceBit = 0x20;
const blockChecksumBit = 0x10;
const contentSizeBit = 0x08;
const contentChecksumBit = 0x04;
const reservedBit = 0x02;
const dictionaryBit = 0x01;

/** Of the second byte, `BD`, all but the bits of the block's size are reserved. */
const blockSizeBits = 0x70;
const blockSizes: Readonly<Partial<Record<number, number>>> = {
  4: 64 * 1024,
  5: 256 * 1024,
  6: 1024 * 1024,
  7: 4 * 1024 * 1024,
};

/** Reads what follows a frame's magic number. Throws if it is damaged, or has an option that is not known. */
export function* readLz4FrameHeader(input: InputQueue): Generator<number, Lz4FrameHeader> {
  yield 2;
  const [flags = 0] = input.peek();
  const hasContentSize = (flags & contentSizeBit) !== 0;
  const length = hasContentSize ? 10 : 2;
  yield length + 1;
  const bytes = input.take(length);
  const [checksum] = input.take(1);
  if (checksum !== ((Bun.hash.xxHash32(bytes) >>> 8) & 0xff))
    throw new Error("the lz4 stream is damaged");
  return parse(bytes, hasContentSize);
}

function parse(bytes: Uint8Array, hasContentSize: boolean): Lz4FrameHeader {
  const [flags = 0, descriptor = 0] = bytes;
  const blockSize = blockSizes[descriptor >> 4];
  const isKnown =
    (flags & (versionBits | reservedBit | dictionaryBit)) === version &&
    (descriptor & ~blockSizeBits) === 0;
  if (!isKnown || blockSize === undefined) {
    throw new Error("the lz4 stream uses an option that is not supported");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    areBlocksLinked: (flags & independenceBit) === 0,
    hasBlockChecksums: (flags & blockChecksumBit) !== 0,
    hasContentChecksum: (flags & contentChecksumBit) !== 0,
    ...(hasContentSize ? { contentSize: view.getBigUint64(2, true) } : {}),
    blockSize,
  };
}
