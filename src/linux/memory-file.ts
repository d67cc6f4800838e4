import type { Pointer } from "bun:ffi";
import { closeSync, writeFileSync } from "node:fs";
import { InstallerError } from "../errors.ts";
import { calls, checkResult, cString } from "./libc.ts";

/** The numbers of memfd_create(2), which glibc wraps only since 2.27. */
const memoryFileNumbers: Readonly<Partial<Record<NodeJS.Architecture, number>>> = {
  x64: 319,
  arm64: 279,
};

/** MFD_CLOEXEC; syscall(2) takes words of any meaning, its declaration only pointers. */
const closeOnExec = 0x0001 as Pointer;

function createMemoryFile(): number {
  const number = memoryFileNumbers[process.arch];
  if (number === undefined) {
    throw new InstallerError("bug", `the number of memfd_create on ${process.arch} is not known`);
  }
  const descriptor = calls.syscall(number, cString("input"), closeOnExec);
  checkResult("memfd_create", descriptor);
  return Number(descriptor);
}

/**
 * A file in memory that has no name and lies on no disk, as memfd_create(2) makes it: what a child reads that wants a
 * path where a secret is. The child inherits the descriptor and opens `/proc/self/fd/N`. Disposing it frees the memory
 * once the child has ended too.
 */
export class MemoryFile implements Disposable {
  readonly #descriptor: number;

  /** @throws {SystemCallError} */
  constructor(bytes: Uint8Array) {
    this.#descriptor = createMemoryFile();
    try {
      writeFileSync(this.#descriptor, bytes);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** What a child inherits. execa's types name only 3 to 9, but it takes any. */
  get descriptor(): 3 {
    return this.#descriptor as 3;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
