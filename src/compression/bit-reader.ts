/** Reads bits of bytes, the highest bit of each first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** The next byte to be looked at. */
  #at = 0;
  /** The bits that were looked at and not read, as the lowest ones of the word. */
  #word = 0;
  #filled = 0;
  /** How many of these bits are made up, because the bytes have ended. */
  #padding = 0;

  /** @param skipped Bits that have been read before. */
  constructor(bytes: Uint8Array, skipped: number) {
    this.#bytes = bytes;
    this.peek(skipped);
    this.skip(skipped);
  }

  /** Bits that were read, those skipped at first included. */
  get position(): number {
    return this.#at * 8 - (this.#filled - this.#padding);
  }

  /** The next bits, 24 at most, without reading them. Beyond the end, they are 0. */
  peek(count: number): number {
    while (this.#filled < count) {
      if (this.#at < this.#bytes.length) {
        this.#word = (this.#word << 8) | (this.#bytes[this.#at] ?? 0);
        this.#at += 1;
      } else {
        this.#word <<= 8;
        this.#padding += 8;
      }
      this.#filled += 8;
    }
    return (this.#word >>> (this.#filled - count)) & ((1 << count) - 1);
  }

  /**
   * Reads bits that were peeked at.
   *
   * @throws {RangeError} if they are beyond the end.
   */
  skip(count: number): void {
    this.#filled -= count;
    if (this.#filled < this.#padding) throw new RangeError("no bits are left");
  }

  /** Reads the next bits, 24 at most. */
  read(count: number): number {
    const bits = this.peek(count);
    this.skip(count);
    return bits;
  }

  /** Reads 32 bits, as a number without a sign. */
  read32(): number {
    const high = this.read(16);
    return high * 0x10000 + this.read(16);
  }
}
