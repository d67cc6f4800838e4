/** Of the CRC that bzip2 has: that of Ethernet, with the highest bit of each byte first. */
const polynomial = 0x04c11db7;

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = (remainder << 1) ^ (remainder < 0 ? polynomial : 0);
  }
  return remainder;
});

/** After so many equal bytes comes one that says how many more there are. */
const runLength = 4;

/** What a block of bzip2 means: undoes the Burrows-Wheeler transform, and the runs that were counted before it. */
export class Bzip2Text {
  /** By place in the sorted block: the byte, and in the higher bits the place of the next. */
  readonly #text: Uint32Array;
  /** Bytes that are still to be looked at. */
  #rest: number;
  #position: number;
  #previous = -1;
  /** Equal bytes so far. */
  #run = 0;
  /** How often the previous byte is still to be written. */
  #repeats = 0;
  #crc = -1;

  /** @param text Bytes as {@link readBzip2Block} leaves them; changed by this. */
  constructor(text: Uint32Array, origin: number) {
    this.#text = text;
    this.#rest = text.length;
    link(text);
    this.#position = (text[origin] ?? 0) >>> 8;
  }

  /** The CRC of what was written, without a sign. */
  get crc(): number {
    return ~this.#crc >>> 0;
  }

  /** Writes what comes next; gives how many bytes that are. Fewer than there is room for are the last. */
  write(output: Uint8Array): number {
    const text = this.#text;
    let [rest, position, previous] = [this.#rest, this.#position, this.#previous];
    let [run, repeats, crc] = [this.#run, this.#repeats, this.#crc];
    let at = 0;
    while (at < output.length) {
      if (repeats > 0) {
        repeats -= 1;
      } else {
        if (rest === 0) break;
        rest -= 1;
        const entry = text[position] ?? 0;
        position = entry >>> 8;
        const byte = entry & 0xff;
        if (run === runLength) {
          run = 0;
          repeats = byte;
          continue;
        }
        run = byte === previous ? run + 1 : 1;
        previous = byte;
      }
      output[at] = previous;
      at += 1;
      crc = (crc << 8) ^ (crcTable[(crc >>> 24) ^ previous] ?? 0);
    }
    [this.#rest, this.#position, this.#previous] = [rest, position, previous];
    [this.#run, this.#repeats, this.#crc] = [run, repeats, crc];
    return at;
  }
}

/** Tells each byte which one is next: the n-th of a kind in the block is the n-th of that kind when sorted. */
function link(text: Uint32Array): void {
  const places = new Uint32Array(257);
  for (let index = 0; index < text.length; index += 1) {
    const byte = text[index] ?? 0;
    places[byte + 1] = (places[byte + 1] ?? 0) + 1;
  }
  for (let byte = 0; byte < 256; byte += 1) {
    places[byte + 1] = (places[byte + 1] ?? 0) + (places[byte] ?? 0);
  }
  for (let index = 0; index < text.length; index += 1) {
    const byte = (text[index] ?? 0) & 0xff;
    const place = places[byte] ?? 0;
    places[byte] = place + 1;
    text[place] = (text[place] ?? 0) | (index << 8);
  }
}
