import { closeSync, ftruncateSync, openSync, readFileSync } from "node:fs";

/** The longest input that is kept, in bytes. */
const room = 1024 ** 2;
const lengthBytes = 4;

/** The input that is tried, in a file that outlives the process: what kills it, or never ends, is known afterwards. */
export class LastInput implements Disposable {
  readonly #memory: Uint8Array;
  readonly #length: DataView;

  constructor(path: string) {
    const file = openSync(path, "w+");
    ftruncateSync(file, lengthBytes + room);
    closeSync(file);
    this.#memory = Bun.mmap(path, { shared: true });
    this.#length = new DataView(this.#memory.buffer, this.#memory.byteOffset, lengthBytes);
  }

  set(input: Uint8Array): void {
    const kept = input.subarray(0, room);
    this.#memory.set(kept, lengthBytes);
    this.#length.setUint32(0, kept.length, true);
  }

  /** Nothing is tried any more. */
  [Symbol.dispose](): void {
    this.#length.setUint32(0, 0, true);
  }

  /** What was tried last by a process that wrote to that file. */
  static read(path: string): Uint8Array {
    const bytes = readFileSync(path);
    return bytes.subarray(lengthBytes, lengthBytes + bytes.readUInt32LE(0));
  }
}
