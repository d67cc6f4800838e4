import { dlopen, FFIType, type Pointer, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";
import { MemoryFile } from "../linux/memory-file.ts";
import { liblzmaOnly } from "./addon-library.ts";
import { addonFile } from "./liblzma-addon.ts";
import { concatenated, LzmaAction } from "./lzma-constants.ts";
import { type LzmaDecoderKind, LzmaLibrary, type LzmaStream } from "./lzma-library.ts";
import { outputBuffer } from "./output-buffer.ts";

const { u32, u64, ptr: pointer, void: nothing } = FFIType;

/** What of lzma/base.h and lzma/container.h is called. */
const declarations = {
  lzma_stream_decoder: { args: [pointer, u64, u32], returns: u32 },
  lzma_auto_decoder: { args: [pointer, u64, u32], returns: u32 },
  lzma_code: { args: [pointer, u32], returns: u32 },
  lzma_memusage: { args: [pointer], returns: u64 },
  lzma_end: { args: [pointer], returns: nothing },
} as const;

type Calls = ReturnType<typeof open>["symbols"];

function open(path: string) {
  return dlopen(path, declarations);
}

/**
 * Loads liblzma as native code, out of the addon that node-liblzma has for this kind of machine: from memory, since the
 * live system's /tmp may be full or mounted with noexec.
 *
 * @returns nothing where there is none (other processors than x86-64), or this system does not let it be loaded.
 */
export function loadNativeLiblzma(): LzmaLibrary | undefined {
  if (addonFile === undefined) return undefined;
  try {
    using file = new MemoryFile(liblzmaOnly(readFileSync(addonFile)));
    const { symbols } = open(`/proc/self/fd/${file.descriptor}`);
    return new LzmaLibrary("native", () => new NativeLzmaStream(symbols));
  } catch {
    return undefined;
  }
}

/** `lzma_stream` of lzma/base.h on a machine of 64 bits: its size, and where its fields are, in words of 8 bytes. */
const streamSize = 136;
const field = { nextIn: 0, availableIn: 1, nextOut: 3, availableOut: 4 } as const;

class NativeLzmaStream implements LzmaStream {
  readonly #calls: Calls;
  readonly #fields = new BigUint64Array(new ArrayBuffer(streamSize));
  readonly #stream: Pointer = ptr(this.#fields);
  /** What was fed. */
  #chunk: Uint8Array = new Uint8Array(0);
  /** Bytes of it that are not used up. */
  remaining = 0;
  output: Uint8Array = this.#chunk;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  start(kind: LzmaDecoderKind, memoryLimit: number): number {
    const { lzma_auto_decoder, lzma_stream_decoder } = this.#calls;
    const start = kind === "auto" ? lzma_auto_decoder : lzma_stream_decoder;
    return start(this.#stream, BigInt(memoryLimit), concatenated);
  }

  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.remaining = chunk.length;
  }

  code(isLast: boolean): number {
    const capacity = outputBuffer.length;
    // Addresses are taken anew for each call: where a small array is may change when its buffer is asked for.
    const used = this.#chunk.length - this.remaining;
    this.#fields[field.nextIn] = this.remaining === 0 ? 0n : BigInt(ptr(this.#chunk) + used);
    this.#fields[field.availableIn] = BigInt(this.remaining);
    this.#fields[field.nextOut] = BigInt(ptr(outputBuffer));
    this.#fields[field.availableOut] = BigInt(capacity);
    const action = isLast ? LzmaAction.finish : LzmaAction.run;
    const result = this.#calls.lzma_code(this.#stream, action);
    this.remaining = Number(this.#fields[field.availableIn]);
    this.output = outputBuffer.subarray(0, capacity - Number(this.#fields[field.availableOut]));
    return result;
  }

  get isFull(): boolean {
    return this.output.length === outputBuffer.length;
  }

  get memoryUsage(): number {
    return Number(this.#calls.lzma_memusage(this.#stream));
  }

  end(): void {
    this.#calls.lzma_end(this.#stream);
  }
}
