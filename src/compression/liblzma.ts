import { loadNativeLiblzma } from "./liblzma-native.ts";
import { loadWasmLiblzma } from "./liblzma-wasm.ts";

/** Which decoder of liblzma: `lzma_stream_decoder` for .xz, or `lzma_auto_decoder`, which also takes .lzma and .lz. */
export type LzmaDecoderKind = "stream" | "auto";

/** One decoder of liblzma, an `lzma_stream`. */
export interface LzmaStream {
  /**
   * Makes it ready for new input; it may be anywhere in an old one. The dictionary's memory is used again if it is of
   * the same size.
   *
   * @param memoryLimit Bytes that it may allocate.
   * @returns a `LzmaResult`
   */
  start(kind: LzmaDecoderKind, memoryLimit: number): number;
  /** Gives it the next bytes of the input, when it has used up those before. */
  feed(chunk: Uint8Array): void;
  /**
   * Decodes what it has been fed, until its output is full or nothing is left.
   *
   * @param isLast Whether nothing will be fed any more.
   * @returns a `LzmaResult`
   */
  code(isLast: boolean): number;
  /** What the last call of `code` decoded; valid until any stream's next one. */
  readonly output: Uint8Array;
  /** Whether `code` filled its output, so that there may be more. */
  readonly isFull: boolean;
  /** Bytes that were fed and are not used up. */
  readonly remaining: number;
  /** Bytes of memory that it has now: mostly the dictionary. */
  readonly memoryUsage: number;
  /** Frees its memory. */
  end(): void;
}

/** A liblzma that was loaded. */
export interface Liblzma {
  readonly kind: "native" | "wasm";
  createStream(): LzmaStream;
}

let loaded: Liblzma | undefined;

/**
 * The liblzma of this thread: as native code where there is some that this system can load, as WebAssembly anywhere
 * else. Both come from the package node-liblzma and are of the same version.
 */
export function liblzma(): Liblzma {
  loaded ??= loadNativeLiblzma() ?? loadWasmLiblzma();
  return loaded;
}
