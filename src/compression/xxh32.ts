/** Of the xxHash specification, `doc/xxhash_spec.md`: XXH32. */
const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;

/** Bytes of a stripe: four lanes of 32 bits. */
const stripeSize = 16;

/** The hash XXH32 with seed 0, of bytes as they come. `Bun.hash.xxHash32` takes them only all at once. */
export class Xxh32 {
  readonly #lanes = Int32Array.of(prime1 + prime2, prime2, 0, -prime1);
  /** A stripe of which a part has come. */
  readonly #stripe = new Uint8Array(stripeSize);
  #length = 0;

  update(bytes: Uint8Array): void {
    let at = 0;
    const waiting = this.#length % stripeSize;
    this.#length += bytes.length;
    if (waiting > 0) {
      at = Math.min(stripeSize - waiting, bytes.length);
      this.#stripe.set(bytes.subarray(0, at), waiting);
      if (waiting + at < stripeSize) return;
      this.#consume(this.#stripe);
    }
    const whole = bytes.length - ((bytes.length - at) % stripeSize);
    this.#consume(bytes.subarray(at, whole));
    this.#stripe.set(bytes.subarray(whole));
  }

  /** The hash of all that came: 32 bits, without a sign. */
  digest(): number {
    const [lane1 = 0, lane2 = 0, lane3 = 0, lane4 = 0] = this.#lanes;
    const isShort = this.#length < stripeSize;
    let hash = isShort
      ? prime5
      : rotate(lane1, 1) + rotate(lane2, 7) + rotate(lane3, 12) + rotate(lane4, 18);
    hash = (hash + this.#length) | 0;
    const length = this.#length % stripeSize;
    const view = new DataView(this.#stripe.buffer);
    let at = 0;
    for (; at + 4 <= length; at += 4) {
      const word = Math.imul(view.getInt32(at, true), prime3);
      hash = Math.imul(rotate((hash + word) | 0, 17), prime4);
    }
    for (; at < length; at += 1) {
      const byte = Math.imul(view.getUint8(at), prime5);
      hash = Math.imul(rotate((hash + byte) | 0, 11), prime1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), prime2);
    hash = Math.imul(hash ^ (hash >>> 13), prime3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  /** Takes whole stripes. */
  #consume(stripes: Uint8Array): void {
    const view = new DataView(stripes.buffer, stripes.byteOffset, stripes.length);
    let [lane1 = 0, lane2 = 0, lane3 = 0, lane4 = 0] = this.#lanes;
    for (let at = 0; at < stripes.length; at += stripeSize) {
      lane1 = round(lane1, view.getInt32(at, true));
      lane2 = round(lane2, view.getInt32(at + 4, true));
      lane3 = round(lane3, view.getInt32(at + 8, true));
      lane4 = round(lane4, view.getInt32(at + 12, true));
    }
    this.#lanes.set([lane1, lane2, lane3, lane4]);
  }
}

function round(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, prime2)) | 0, 13), prime1);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
