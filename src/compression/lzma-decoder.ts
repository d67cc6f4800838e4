import type { Decoder } from "./decoder.ts";
import { liblzma } from "./liblzma.ts";
import { LzmaResult } from "./lzma-constants.ts";
import type { LzmaLibrary, LzmaStream } from "./lzma-library.ts";

/** The formats that liblzma decodes. Of lzip and lzma (LZMA_alone) others are known as `.lz` and `.lzma`. */
export type LzmaFormat = "xz" | "lzip" | "lzma";

/**
 * Undoes xz, lzip or lzma by liblzma. Each decoder holds the dictionary that its input names: 8 MiB for what Nix writes,
 * 64 MiB at most.
 */
export function createLzmaDecoder(format: LzmaFormat, library: LzmaLibrary = liblzma()): Decoder {
  return new LzmaDecoder(format, library);
}

/** Bytes for a dictionary of 64 MiB and what comes with it. The next larger dictionary of xz has 96 MiB. */
const memoryLimit = 65 * 1024 * 1024;

class LzmaDecoder implements Decoder {
  readonly #format: LzmaFormat;
  readonly #library: LzmaLibrary;
  readonly #stream: LzmaStream;
  #isFirst = true;
  #hasEnded = false;
  #closed = false;

  constructor(format: LzmaFormat, library: LzmaLibrary) {
    this.#format = format;
    this.#library = library;
    this.#stream = library.borrow();
    const result = this.#stream.start(format === "xz" ? "stream" : "auto", memoryLimit);
    if (result === LzmaResult.ok) return;
    this.close();
    throw this.#problem(result);
  }

  *decode(chunk: Uint8Array): Generator<Uint8Array, void> {
    if (chunk.length === 0) return;
    if (this.#isFirst) this.#checkFormat(chunk[0]);
    this.#isFirst = false;
    this.#stream.feed(chunk);
    do {
      if (this.#hasEnded) {
        throw new Error(`the ${this.#format} stream is followed by something else`);
      }
      yield* this.#code(false);
    } while (this.#stream.remaining > 0 || this.#stream.isFull);
  }

  *finish(): Generator<Uint8Array, void> {
    while (!this.#hasEnded) yield* this.#code(true);
  }

  close(): void {
    if (!this.#closed) this.#library.giveBack(this.#stream);
    this.#closed = true;
  }

  *#code(isLast: boolean): Generator<Uint8Array, void> {
    const result = this.#stream.code(isLast);
    if (this.#stream.output.length > 0) yield this.#stream.output;
    if (result === LzmaResult.ok) return;
    this.#hasEnded = result === LzmaResult.streamEnd;
    const needsInput = result === LzmaResult.bufferError && !isLast && this.#stream.remaining === 0;
    if (!this.#hasEnded && !needsInput) throw this.#problem(result);
  }

  /** Where liblzma takes any of the formats, it tells them by the first byte. */
  #checkFormat(first: number | undefined): void {
    const format = first === 0xfd ? "xz" : first === 0x4c ? "lzip" : "lzma";
    if (format !== this.#format) throw this.#problem(LzmaResult.formatError);
  }

  #problem(result: number): Error {
    return new Error(problem(this.#format, result));
  }
}

function problem(format: LzmaFormat, result: number): string {
  switch (result) {
    case LzmaResult.memoryError:
      return `there is no memory for the ${format} stream's dictionary`;
    case LzmaResult.memoryLimitError:
      return `the ${format} stream needs a dictionary larger than 64 MiB`;
    case LzmaResult.formatError:
      return `it is not an ${format} stream`;
    case LzmaResult.optionsError:
      return `the ${format} stream uses a filter or an option that is not supported`;
    case LzmaResult.dataError:
      return `the ${format} stream is damaged`;
    case LzmaResult.bufferError:
      return `the ${format} stream ends too early`;
    default:
      return `the ${format} decoder failed with code ${result}`;
  }
}
