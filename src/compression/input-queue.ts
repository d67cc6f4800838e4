/** The bytes that a decoder has been given and has not yet read. */
export class InputQueue {
  readonly #format: string;
  #bytes: Uint8Array = nothing;
  #start = 0;
  #end = 0;
  /** Whether the bytes are in memory of its own, which can be written to. */
  #isOwn = true;
  /** Whether no more bytes will come. */
  hasEnded = false;

  /** @param format What it is in, for the error. */
  constructor(format: string) {
    this.#format = format;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Puts bytes at the end. They are only borrowed until {@link keep} is called. */
  append(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.#bytes = chunk;
      this.#isOwn = false;
      this.#start = 0;
      this.#end = chunk.length;
    } else {
      this.#reserve(chunk.length);
      this.#bytes.set(chunk, this.#end);
      this.#end += chunk.length;
    }
  }

  /** Makes its own what it has borrowed. */
  keep(): void {
    if (this.#isOwn) return;
    this.#bytes = this.#bytes.slice(this.#start, this.#end);
    this.#isOwn = true;
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** All bytes that are there, without taking them; valid until anything else is called. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Takes so many bytes from the front; valid until more is appended. Throws if there are fewer. */
  take(length: number): Uint8Array {
    if (length > this.length) throw new Error(`the ${this.#format} stream ends too early`);
    this.#start += length;
    return this.#bytes.subarray(this.#start - length, this.#start);
  }

  /** Makes room for more bytes at the end, so that what is copied grows no faster than what is appended. */
  #reserve(more: number): void {
    const { length } = this;
    if (this.#isOwn && this.#end + more <= this.#bytes.length) return;
    if (this.#isOwn && length + more <= this.#bytes.length / 2) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
    } else {
      const larger = new Uint8Array(2 * (length + more));
      larger.set(this.peek());
      this.#bytes = larger;
      this.#isOwn = true;
    }
    this.#start = 0;
    this.#end = length;
  }
}

const nothing = new Uint8Array(0);
