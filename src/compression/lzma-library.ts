/** Which decoder of liblzma: `lzma_stream_decoder` for .xz, or `lzma_auto_decoder`, which also takes .lzma and .lz. */
export type LzmaDecoderKind = "stream" | "auto";

/** One decoder of liblzma, an `lzma_stream`. */
export interface LzmaStream {
  /**
   * Makes it ready for new input; it may be anywhere in an old one. The dictionary's memory is used again if it is of
   * the same size.
   *
   * @param memoryLimit Bytes that it may allocate.
   * @returns an `LzmaResult`
   */
  start(kind: LzmaDecoderKind, memoryLimit: number): number;
  /** Gives it the next bytes of the input, when it has used up those before. */
  feed(chunk: Uint8Array): void;
  /**
   * Decodes what it has been fed, until its output is full or nothing is left.
   *
   * @param isLast Whether nothing will be fed any more.
   * @returns an `LzmaResult`
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

/** A stream that is not in use keeps no more memory than for the dictionary of 8 MiB that Nix's own xz has. */
const largestIdle = 9 * 1024 * 1024;

/** A liblzma that is loaded, as native code or as WebAssembly. */
export class LzmaLibrary {
  readonly kind: "native" | "wasm";
  readonly #createStream: () => LzmaStream;
  /** Used for the next NAR, and its memory with it. */
  #idle: LzmaStream | undefined;

  constructor(kind: "native" | "wasm", createStream: () => LzmaStream) {
    this.kind = kind;
    this.#createStream = createStream;
  }

  /** A stream that is to be started, and to be given back. */
  borrow(): LzmaStream {
    const stream = this.#idle ?? this.#createStream();
    this.#idle = undefined;
    return stream;
  }

  giveBack(stream: LzmaStream): void {
    stream.feed(nothing);
    if (this.#idle === undefined && stream.memoryUsage <= largestIdle) {
      this.#idle = stream;
    } else {
      stream.end();
    }
  }
}

const nothing = new Uint8Array(0);
