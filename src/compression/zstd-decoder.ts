import type { Decoder } from "./decoder.ts";
import { handlePieces } from "./zlib-decoder.ts";
import { ZlibHandle } from "./zlib-handle.ts";
import { ZstdFrames } from "./zstd-frames.ts";

/** Undoes Zstandard (RFC 8878), any number of frames, with what Bun has of it. */
export function createZstdDecoder(): Decoder {
  return new ZstdDecoder();
}

class ZstdDecoder implements Decoder {
  /** It tells neither that the input is cut off nor that something else follows. */
  readonly #handle = new ZlibHandle("zstd");
  readonly #frames = new ZstdFrames();

  *decode(chunk: Uint8Array): Generator<Uint8Array, void> {
    this.#frames.follow(chunk);
    yield* handlePieces(this.#handle, chunk);
  }

  finish(): Iterable<Uint8Array> {
    this.#frames.end();
    return [];
  }

  close(): void {
    this.#handle.close();
  }
}
