import type { Decoder } from "./decoder.ts";
import { InputQueue } from "./input-queue.ts";

/**
 * A decoder as a coroutine. It yields a piece of output, or how many bytes of input it needs before it goes on: it goes
 * on when these are in the queue, or the input has ended. It returns after the input has ended.
 */
export type Decoding = Generator<Uint8Array | number, void>;

/** Runs a {@link Decoding} as its input comes. */
export class QueuedDecoder implements Decoder {
  readonly #input: InputQueue;
  readonly #decoding: Decoding;
  /** Bytes that the coroutine waits for. */
  #needed = 0;

  /** @param format What the input is in, for errors. */
  constructor(format: string, decoding: (input: InputQueue) => Decoding) {
    this.#input = new InputQueue(format);
    this.#decoding = decoding(this.#input);
  }

  *decode(chunk: Uint8Array): Generator<Uint8Array, void> {
    this.#input.append(chunk);
    yield* this.#run();
    this.#input.keep();
  }

  *finish(): Generator<Uint8Array, void> {
    this.#input.hasEnded = true;
    yield* this.#run();
  }

  close(): void {
    this.#decoding.return();
  }

  *#run(): Generator<Uint8Array, void> {
    while (this.#input.hasEnded || this.#input.length >= this.#needed) {
      const { value, done } = this.#decoding.next();
      if (done === true) return;
      if (typeof value === "number") {
        this.#needed = value;
      } else {
        yield value;
      }
    }
  }
}
