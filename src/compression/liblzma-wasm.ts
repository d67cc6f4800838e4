import { readFileSync } from "node:fs";
import wasmFile from "node-liblzma/wasm/liblzma.wasm" with { type: "file" };
import { concatenated, LzmaAction } from "./lzma-constants.ts";
import { type LzmaDecoderKind, LzmaLibrary, type LzmaStream } from "./lzma-library.ts";
import { outputBuffer } from "./output-buffer.ts";

/** What of the module is used, under its own names; Emscripten shortens them to letters. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number };
  readonly lzma_code: (stream: number, action: number) => number;
  readonly lzma_end: (stream: number) => void;
  readonly lzma_memusage: (stream: number) => bigint;
  readonly lzma_auto_decoder: (stream: number, memoryLimit: bigint, flags: number) => number;
  readonly lzma_stream_decoder: (stream: number, memoryLimit: bigint, flags: number) => number;
  readonly malloc: (bytes: number) => number;
  readonly free: (address: number) => void;
}

/** The same under the names that they have in the module. */
interface ShortExports {
  readonly b: Exports["memory"];
  /** Constructors, to be called first. */
  readonly c: () => void;
  readonly f: Exports["lzma_code"];
  readonly g: Exports["lzma_end"];
  readonly h: Exports["lzma_memusage"];
  readonly o: Exports["lzma_auto_decoder"];
  readonly r: Exports["lzma_stream_decoder"];
  readonly s: Exports["malloc"];
  readonly t: Exports["free"];
}

const pageSize = 65_536;

/** Loads liblzma as WebAssembly. Its memory grows with what is decoded at the same time, and never shrinks. */
export function loadWasmLiblzma(): LzmaLibrary {
  const exports = loadExports();
  const output = exports.malloc(outputBuffer.length);
  return new LzmaLibrary("wasm", () => new WasmLzmaStream(exports, output));
}

function loadExports(): Exports {
  /** The one import: grows the memory to so many bytes, if it can. */
  const resize = (bytes: number): number => {
    const { memory } = exports;
    const missing = Math.ceil(((bytes >>> 0) - memory.buffer.byteLength) / pageSize);
    try {
      memory.grow(missing);
      return 1;
    } catch {
      return 0;
    }
  };
  const module = new WebAssembly.Module(readFileSync(wasmFile));
  const instance = new WebAssembly.Instance(module, { a: { a: resize } });
  // What Emscripten named them: the assignments at the end of liblzma.js, which comes with the module.
  const short = instance.exports as unknown as ShortExports;
  const exports: Exports = {
    memory: short.b,
    lzma_code: short.f,
    lzma_end: short.g,
    lzma_memusage: short.h,
    lzma_auto_decoder: short.o,
    lzma_stream_decoder: short.r,
    malloc: short.s,
    free: short.t,
  };
  short.c();
  return exports;
}

/** `lzma_stream` of lzma/base.h on a machine of 32 bits: its size and where its fields are. */
const streamSize = 88;
const field = { nextIn: 0, availableIn: 4, nextOut: 16, availableOut: 20 } as const;

/** Bytes of the input that are copied into the module's memory at a time. */
const inputSize = 65_536;

class WasmLzmaStream implements LzmaStream {
  readonly #exports: Exports;
  /** Addresses of the `lzma_stream`, of what it reads and of what it writes. */
  readonly #stream: number;
  readonly #input: number;
  readonly #output: number;
  /** What was fed, and how much of that was copied. */
  #chunk: Uint8Array = new Uint8Array(0);
  #copied = 0;
  output: Uint8Array = this.#chunk;

  constructor(exports: Exports, output: number) {
    this.#exports = exports;
    this.#stream = exports.malloc(streamSize);
    this.#input = exports.malloc(inputSize);
    this.#output = output;
    new Uint8Array(exports.memory.buffer, this.#stream, streamSize).fill(0);
  }

  start(kind: LzmaDecoderKind, memoryLimit: number): number {
    this.feed(new Uint8Array(0));
    this.#fields().setUint32(field.availableIn, 0, true);
    const { lzma_auto_decoder, lzma_stream_decoder } = this.#exports;
    const start = kind === "auto" ? lzma_auto_decoder : lzma_stream_decoder;
    return start(this.#stream, BigInt(memoryLimit), concatenated);
  }

  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#copied = 0;
  }

  code(isLast: boolean): number {
    const { lzma_code, memory } = this.#exports;
    const before = this.#fields();
    if (before.getUint32(field.availableIn, true) === 0) this.#copyInput(before);
    before.setUint32(field.nextOut, this.#output, true);
    before.setUint32(field.availableOut, outputBuffer.length, true);
    const result = lzma_code(this.#stream, isLast ? LzmaAction.finish : LzmaAction.run);
    // The memory may have grown, and then has a new buffer.
    const unused = this.#fields().getUint32(field.availableOut, true);
    this.output = new Uint8Array(memory.buffer, this.#output, outputBuffer.length - unused);
    return result;
  }

  get isFull(): boolean {
    return this.output.length === outputBuffer.length;
  }

  get remaining(): number {
    const uncopied = this.#chunk.length - this.#copied;
    return this.#fields().getUint32(field.availableIn, true) + uncopied;
  }

  get memoryUsage(): number {
    return Number(this.#exports.lzma_memusage(this.#stream));
  }

  end(): void {
    this.#exports.lzma_end(this.#stream);
    this.#exports.free(this.#stream);
    this.#exports.free(this.#input);
  }

  #copyInput(fields: DataView): void {
    const part = this.#chunk.subarray(this.#copied, this.#copied + inputSize);
    new Uint8Array(this.#exports.memory.buffer, this.#input, inputSize).set(part);
    this.#copied += part.length;
    fields.setUint32(field.nextIn, this.#input, true);
    fields.setUint32(field.availableIn, part.length, true);
  }

  #fields(): DataView {
    return new DataView(this.#exports.memory.buffer, this.#stream, streamSize);
  }
}
