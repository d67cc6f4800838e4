import type { BitReader } from "./bit-reader.ts";

/** Bits of the longest code that bzip2 has. */
const longestCode = 20;

/** A canonical Huffman code as bzip2 has them: codes of one length follow one another, and those of the next length them. */
export class HuffmanCode {
  /** By length: what the next 20 bits are below if the code is no longer. */
  readonly #limits = new Uint32Array(longestCode + 2);
  /** By length: what is to be taken from a code for its place in `#symbols`. */
  readonly #bases = new Int32Array(longestCode + 2);
  readonly #symbols: Uint16Array;
  /** Bits of the shortest code. */
  readonly #shortest: number;

  /** @param lengths Bits of each symbol's code, 1 to 20. */
  constructor(lengths: Uint8Array) {
    this.#symbols = new Uint16Array(lengths.length);
    this.#shortest = Math.min(...lengths);
    let code = 0;
    let place = 0;
    for (let length = 1; length <= longestCode; length += 1) {
      this.#bases[length] = code - place;
      for (const [symbol, symbolLength] of lengths.entries()) {
        if (symbolLength !== length) continue;
        this.#symbols[place] = symbol;
        place += 1;
        code += 1;
      }
      this.#limits[length] = code * 2 ** (longestCode - length);
      code *= 2;
    }
  }

  /** Reads a symbol; nothing if no code is like that. */
  read(bits: BitReader): number | undefined {
    const next = bits.peek(longestCode);
    let length = this.#shortest;
    while (length <= longestCode && next >= (this.#limits[length] ?? 0)) length += 1;
    if (length > longestCode) return undefined;
    bits.skip(length);
    return this.#symbols[(next >>> (longestCode - length)) - (this.#bases[length] ?? 0)];
  }
}
