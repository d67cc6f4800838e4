import type { BitReader } from "./bit-reader.ts";
import { HuffmanCode } from "./bzip2-huffman.ts";

/** Symbols that are coded by one table before another is chosen. */
const groupSize = 50;

/** How the symbols of a block are coded. */
interface Coding {
  /** The bytes that occur in the block, in order. */
  readonly alphabet: Uint8Array;
  readonly codes: readonly HuffmanCode[];
  /** Which code each group of symbols has. */
  readonly selectors: Uint8Array;
}

/**
 * Reads a block of bzip2 from where its symbols are described (after the field `origPtr`) to its end.
 *
 * @param text Takes the bytes of the block as the Burrows-Wheeler transform left them; its length is what a block may
 * have.
 * @returns how many bytes these are; nothing if the block is damaged.
 * @throws {RangeError} if the bits end.
 */
export function readBzip2Block(bits: BitReader, text: Uint32Array): number | undefined {
  const coding = readCoding(bits);
  return coding === undefined ? undefined : readSymbols(bits, coding, text);
}

function readCoding(bits: BitReader): Coding | undefined {
  const alphabet = readAlphabet(bits);
  const codeCount = bits.read(3);
  const selectorCount = bits.read(15);
  if (alphabet.length === 0 || codeCount < 2 || codeCount > 6) return undefined;

  const recent = Uint8Array.from({ length: codeCount }, (_, index) => index);
  const selectors = new Uint8Array(selectorCount);
  for (let index = 0; index < selectorCount; index += 1) {
    let rank = 0;
    while (bits.read(1) === 1) rank += 1;
    if (rank >= codeCount) return undefined;
    selectors[index] = moveToFront(recent, rank);
  }

  const codes: HuffmanCode[] = [];
  for (let index = 0; index < codeCount; index += 1) {
    // The symbols are RUNA, RUNB, all ranks but 0, and the end of the block.
    const lengths = readLengths(bits, alphabet.length + 2);
    if (lengths === undefined) return undefined;
    codes.push(new HuffmanCode(lengths));
  }
  return { alphabet, codes, selectors };
}

/** Which bytes occur: 16 bits for the sixteenths of all bytes, and 16 for each of these that is there. */
function readAlphabet(bits: BitReader): Uint8Array {
  const sixteenths = bits.read(16);
  const alphabet: number[] = [];
  for (let high = 0; high < 16; high += 1) {
    if ((sixteenths & (0x8000 >> high)) === 0) continue;
    const present = bits.read(16);
    for (let low = 0; low < 16; low += 1) {
      if ((present & (0x8000 >> low)) !== 0) alphabet.push(high * 16 + low);
    }
  }
  return Uint8Array.from(alphabet);
}

/** Lengths of codes, each as its difference to the one before. */
function readLengths(bits: BitReader, count: number): Uint8Array | undefined {
  const lengths = new Uint8Array(count);
  let length = bits.read(5);
  for (let symbol = 0; symbol < count; symbol += 1) {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > 20) return undefined;
    lengths[symbol] = length;
  }
  return lengths;
}

function readSymbols(bits: BitReader, coding: Coding, text: Uint32Array): number | undefined {
  const { alphabet, codes, selectors } = coding;
  const endOfBlock = alphabet.length + 1;
  const recent = alphabet.slice();
  let length = 0;
  /** The run that is being read, and what the next of its digits, RUNA or RUNB, counts. */
  let run = 0;
  let weight = 1;
  for (const selector of selectors) {
    const code = codes[selector];
    for (let index = 0; index < groupSize; index += 1) {
      const symbol = code?.read(bits);
      if (symbol === undefined) return undefined;
      if (symbol <= 1) {
        run += weight << symbol;
        weight <<= 1;
        if (run > text.length - length) return undefined;
        continue;
      }
      if (run > 0) {
        text.fill(recent[0] ?? 0, length, length + run);
        length += run;
        run = 0;
        weight = 1;
      }
      if (symbol === endOfBlock) return length;
      if (length === text.length) return undefined;
      text[length] = moveToFront(recent, symbol - 1);
      length += 1;
    }
  }
  return undefined;
}

/** What has the rank among what was seen last. It is the first from now on. */
function moveToFront(recent: Uint8Array, rank: number): number {
  const value = recent[rank] ?? 0;
  for (let index = rank; index > 0; index -= 1) recent[index] = recent[index - 1] ?? 0;
  recent[0] = value;
  return value;
}
