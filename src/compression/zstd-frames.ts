/** Magic numbers of RFC 8878, sections 3.1.1 and 3.1.2: of frames, and of the 16 kinds of frames to be skipped. */
const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

/** What comes next in the input. */
type Part = "magic" | "descriptor" | "block" | "skippable";

/**
 * Follows how Zstandard frames lie one after the other, without decoding them (RFC 8878, section 3.1), to tell whether
 * the input ends where a frame does, and is frames throughout.
 */
export class ZstdFrames {
  #part: Part = "magic";
  /** Bytes that must be passed over before the part. */
  #skip = 0;
  /** Bytes that the part has, and those of them that have come, as a little-endian number. */
  #length = 4;
  #read = 0;
  #value = 0;
  #hasChecksum = false;
  #frames = 0;

  /** Takes the next bytes. Throws when they are no frame. */
  follow(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      this.#value += (chunk[at] ?? 0) * 256 ** this.#read;
      at += 1;
      this.#read += 1;
      if (this.#read === this.#length) this.#next(this.#value);
    }
  }

  /** Throws unless the input may end here. */
  end(): void {
    if (this.#frames === 0 && this.#read === 0 && this.#part === "magic") {
      throw new Error("the zstd stream is empty");
    }
    if (this.#skip > 0 || this.#read > 0 || this.#part !== "magic") {
      throw new Error("the zstd stream ends too early");
    }
  }

  /** Goes on after a part that has come in full. */
  #next(value: number): void {
    if (this.#part === "magic") {
      this.#afterMagic(value);
    } else if (this.#part === "descriptor") {
      this.#afterDescriptor(value);
    } else if (this.#part === "block") {
      this.#afterBlockHeader(value);
    } else {
      this.#skip = value;
      this.#expect("magic", 4);
    }
  }

  #expect(part: Part, length: number): void {
    this.#part = part;
    this.#length = length;
    this.#read = 0;
    this.#value = 0;
  }

  #afterMagic(magic: number): void {
    if (magic === frameMagic) {
      this.#expect("descriptor", 1);
    } else if (magic >= skippableMagic && magic < skippableMagic + 16) {
      this.#expect("skippable", 4);
    } else if (this.#frames === 0) {
      throw new Error("it is not a zstd stream");
    } else {
      throw new Error("the zstd stream is followed by something else");
    }
    this.#frames += 1;
  }

  /** Section 3.1.1.1.1: which fields the frame's header has, and how long they are. */
  #afterDescriptor(descriptor: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    const windowLength = isSingleSegment ? 0 : 1;
    const dictionaryLength = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const sizeLength = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    this.#skip = windowLength + dictionaryLength + sizeLength;
    this.#expect("block", 3);
  }

  /** Section 3.1.1.2: whether it is the last block (1 bit), its type (2 bits), its length (21 bits). */
  #afterBlockHeader(header: number): void {
    const isLast = (header & 1) !== 0;
    const isRunLength = ((header >> 1) & 3) === 1;
    this.#skip = isRunLength ? 1 : header >> 3;
    if (isLast) {
      if (this.#hasChecksum) this.#skip += 4;
      this.#expect("magic", 4);
    } else {
      this.#expect("block", 3);
    }
  }
}
