import type { Compression } from "../nix/narinfo.ts";
import type { Decoder } from "./decoder.ts";
import { createDecoder } from "./decoders.ts";

/** Starts to undo a compression, which is named as in narinfos. To be closed in the end. */
export function createDecompressor(compression: Compression): Decompressor {
  return new Decompressor(createDecoder(compression));
}

/**
 * Undoes a compression piece by piece, with memory for little more than the format's window, and all of it within the
 * call. Needs no program of the live system.
 *
 * Input that is cut off, damaged, or followed by something else is refused with an `Error`.
 */
export class Decompressor {
  readonly #decoder: Decoder;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /**
   * Takes the next compressed bytes; `emit` is called with what comes of them, some 128 KiB at a time. A piece is valid
   * only during that call. What `emit` throws comes through.
   */
  write(chunk: Uint8Array, emit: (piece: Uint8Array) => void): void {
    for (const piece of this.#decoder.decode(chunk)) emit(piece);
  }

  /** The input has ended; `emit` is called with what was still kept back. */
  end(emit: (piece: Uint8Array) => void): void {
    for (const piece of this.#decoder.finish()) emit(piece);
  }

  /** Frees what it holds, also after an error; may be called more than once. */
  close(): void {
    this.#decoder.close();
  }
}
