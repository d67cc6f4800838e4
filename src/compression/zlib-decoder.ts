import type { Decoder } from "./decoder.ts";
import { outputBuffer } from "./output-buffer.ts";
import { ZlibHandle } from "./zlib-handle.ts";

/** Undoes gzip (any number of members, as RFC 1952 has it) or Brotli, with what Bun has of them. */
export function createZlibDecoder(format: "gzip" | "br"): Decoder {
  return new ZlibDecoder(format);
}

class ZlibDecoder implements Decoder {
  readonly #format: "gzip" | "br";
  readonly #handle: ZlibHandle;

  constructor(format: "gzip" | "br") {
    this.#format = format;
    this.#handle = new ZlibHandle(format);
  }

  *decode(chunk: Uint8Array): Generator<Uint8Array, void> {
    yield* handlePieces(this.#handle, chunk);
    // The decoder only leaves something when its stream has ended.
    if (this.#handle.remaining > 0) {
      throw new Error(`the ${this.#format} stream is followed by something else`);
    }
  }

  *finish(): Generator<Uint8Array, void> {
    const filled = this.#handle.finish();
    if (filled > 0) yield outputBuffer.subarray(0, filled);
  }

  close(): void {
    this.#handle.close();
  }
}

/**
 * What a handle makes of the next bytes of its input. Afterwards `handle.remaining` is what it would not take, because
 * its stream has ended.
 */
export function* handlePieces(handle: ZlibHandle, chunk: Uint8Array): Generator<Uint8Array, void> {
  let filled = 0;
  let taken = 0;
  let length = chunk.length;
  do {
    filled = handle.step(chunk, length);
    taken = length - handle.remaining;
    length = handle.remaining;
    if (filled > 0) yield outputBuffer.subarray(0, filled);
    // Output that is filled means that something may be kept back; input that is left, that another stream may begin.
  } while (filled === outputBuffer.length || (length > 0 && taken > 0));
}
