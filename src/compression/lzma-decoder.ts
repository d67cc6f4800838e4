import type { Decoder } from "./decoder.ts";
import { type LzmaStream, liblzma } from "./liblzma.ts";
import { LzmaResult } from "./lzma-constants.ts";

/** The formats that liblzma decodes. Of lzip and lzma (LZMA_alone) others are known as `.lz` and `.lzma`. */
export type LzmaFormat = "xz" | "lzip" | "lzma";

/**
 * Undoes xz, lzip or lzma by liblzma. Each decoder holds the dictionary that its input names: 8 MiB for what Nix writes,
 * 64 MiB at most.
 */
export function createLzmaDecoder(format: LzmaFormat): Decoder {
  return new LzmaDecoder(format);
}

/** Bytes for a dictionary of 64 MiB and what comes with it. The next larger dictionary of xz has 96 MiB. */
const memoryLimit = 65 * 1024 * 1024;

class LzmaDecoder implements Decoder {
  readonly #format: LzmaFormat;
  readonly #stream: LzmaStream;
  #isFirst = true;
  #hasEnded = false;
  #closed = false;

  constructor(format: LzmaFormat) {
    this.#format = format;
    this.#stream = idleStreams.pop() ?? liblzma().createStream();
    const result = this.#stream.start(format === "xz" ? "stream" : "auto", memoryLimit);
    if (result !== LzmaResult.ok) throw this.#problem(result);
  }

  *decode(chunk: Uint8Array): Generator<Uint8Array, void> {
    if (chunk.length === 0) return;
    if (this.#isFirst) this.#checkFormat(chunk[0]);
    this.#isFirst = false;
    this.#stream.feed(chunk);
    do {
      if (this.#hasEnded)
        throw new Error(`the ${this.#format} stream is followed by something else`);
      yield* this.#code(false);
    } while (this.#stream.remaining > 0 || this.#stream.isFull);
  }

  *finish(): Generator<Uint8Array, void> {
    while (!this.#hasEnded) yield* this.#code(true);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.feed(nothing);
    if (idleStreams.length === 0 && this.#stream.memoryUsage <= largestIdle) {
      idleStreams.push(this.#stream);
    } else {
      this.#stream.end();
    }
  }

  *#code(isLast: boolean): Generator<Uint8Array, void> {
    const result = this.#stream.code(isLast);
    if (this.#stream.output.length > 0) yield this.#stream.output;
    if (result === LzmaResult.streamEnd) {
      this.#hasEnded = true;
    } else if (result !== LzmaResult.ok && (isLast || result !== LzmaResult.bufferError)) {
      throw this.#problem(result);
    }
  }

  /** liblzma tells lzip and lzma by the first byte, and takes the one for the other. */
  #checkFormat(first: number | undefined): void {
    if (this.#format === "xz") return;
    const isLzip = first === "L".charCodeAt(0);
    if (isLzip !== (this.#format === "lzip")) throw this.#problem(LzmaResult.formatError);
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

const nothing = new Uint8Array(0);

/**
 * A decoder of this thread that is not in use: the memory of its dictionary, unless that is larger than Nix's own
 * 8 MiB, is used for the next NAR.
 */
const idleStreams: LzmaStream[] = [];
const largestIdle = 9 * 1024 * 1024;
