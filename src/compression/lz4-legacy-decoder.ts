import type { Decoder } from "./decoder.ts";
import type { InputQueue } from "./input-queue.ts";
import { decodeLz4Block } from "./lz4-block.ts";
import { outputBuffer } from "./output-buffer.ts";
import { type Decoding, QueuedDecoder } from "./queued-decoder.ts";

/** What the first four bytes of the format are, as a number in little-endian order. */
const legacyMagic = 0x184c2102;

/** Bytes that every block but the last unpacks to. */
const blockSize = 8 * 1024 * 1024;

/** What a block of {@link blockSize} may take when it is packed: LZ4's `LZ4_COMPRESSBOUND`. */
const longestBlock = blockSize + Math.floor(blockSize / 255) + 16;

/**
 * Undoes LZ4 as `lz4 -l` writes it, and as the Linux kernel reads its initrd (`doc/lz4_Frame_format.md` of LZ4, "Legacy
 * frame"; Linux's `lib/decompress_unlz4.c`): blocks without checksums and without an end mark. Of truncations it tells
 * only those within a block. Holds a block, packed and not, 8 MiB each.
 */
export function createLz4LegacyDecoder(): Decoder {
  return new QueuedDecoder("lz4", decodeBlocks);
}

function* decodeBlocks(input: InputQueue): Decoding {
  yield 4;
  if (readUint32(input) !== legacyMagic) throw new Error("it is not a legacy lz4 stream");
  const window = new Uint8Array(blockSize);
  for (;;) {
    yield 4;
    if (input.length === 0) return;
    const length = readUint32(input);
    // Streams may be put one behind the other.
    if (length === legacyMagic) continue;
    if (length === 0 || length > longestBlock) throw new Error("the lz4 stream is damaged");
    yield length;
    const end = decodeLz4Block(input.take(length), window, 0, 0);
    if (end === undefined) throw new Error("the lz4 stream is damaged");
    for (let at = 0; at < end; at += outputBuffer.length) {
      yield window.subarray(at, Math.min(end, at + outputBuffer.length));
    }
  }
}

function readUint32(input: InputQueue): number {
  const bytes = input.take(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
