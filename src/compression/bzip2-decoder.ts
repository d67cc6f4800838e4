import unbzip2 from "unbzip2-stream";
import type { Decoder } from "./decoder.ts";

/**
 * Undoes bzip2, which old caches hold, block by block: 900 kB each before compression. In JavaScript and accordingly
 * slow.
 */
export function createBzip2Decoder(): Decoder {
  return new Bzip2Decoder();
}

class Bzip2Decoder implements Decoder {
  readonly #decoder = unbzip2();
  readonly #blocks: Uint8Array[] = [];
  #failure: unknown;

  constructor() {
    // It does everything within `write` and `end`.
    this.#decoder.on("data", (block: Uint8Array) => this.#blocks.push(block));
    this.#decoder.on("error", (error: unknown) => {
      this.#failure ??= explained(error);
    });
  }

  decode(chunk: Uint8Array): Iterable<Uint8Array> {
    this.#decoder.write(Buffer.from(chunk));
    return this.#take();
  }

  finish(): Iterable<Uint8Array> {
    this.#decoder.end();
    return this.#take();
  }

  close(): void {
    this.#blocks.splice(0);
  }

  #take(): Iterable<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#blocks.splice(0);
  }
}

/** The decoder reads beyond the last byte without looking. */
function explained(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  return new Error("the bzip2 stream ends too early", { cause: error });
}
