import { dlopen, FFIType } from "bun:ffi";
import { closeSync, openSync } from "node:fs";
import { InstallerError } from "../errors.ts";
import { cString } from "./libc.ts";

const { i32, ptr, u64 } = FFIType;

// The names of the libraries before glibc 2.34, which later ones keep.
const { symbols: threads } = dlopen("libpthread.so.0", {
  pthread_create: { args: [ptr, ptr, ptr, u64], returns: i32 },
  pthread_tryjoin_np: { args: [u64, ptr], returns: i32 },
  pthread_join: { args: [u64, ptr], returns: i32 },
});
const { symbols: linker } = dlopen("libdl.so.2", { dlsym: { args: [ptr, ptr], returns: ptr } });

/** The address of syncfs(2), among all libraries (`RTLD_DEFAULT`, a null pointer). */
const syncfs = linker.dlsym(null, cString("syncfs"));

/**
 * Writes a file system to its disk while others go on filling it, so that little is left to wait for at the end:
 * syncfs(2) in a thread of its own. That thread runs no JavaScript; it is the C function itself that is its body, which
 * takes a descriptor where a thread's argument comes.
 */
export class BackgroundSync implements Disposable {
  readonly #path: string;
  readonly #descriptor: number;
  #thread: bigint | undefined;

  /** @param path Anywhere on the file system. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "r");
  }

  /**
   * Starts to write, unless that is still going on.
   *
   * @throws {InstallerError} with reason `disk` if the last time failed.
   */
  start(): void {
    if (this.#thread !== undefined && !this.#join(threads.pthread_tryjoin_np)) return;
    const thread = new BigUint64Array(1);
    const started = threads.pthread_create(thread, null, syncfs, this.#descriptor);
    // Without a thread, everything is left to the sync at the end.
    if (started === 0) this.#thread = thread[0];
  }

  /** Waits for what was started. Throws as {@link start}. */
  finish(): void {
    if (this.#thread !== undefined) this.#join(threads.pthread_join);
  }

  [Symbol.dispose](): void {
    try {
      this.finish();
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #join(wait: (thread: bigint, result: BigInt64Array) => number): boolean {
    const result = new BigInt64Array(1);
    if (this.#thread === undefined || wait(this.#thread, result) !== 0) return false;
    this.#thread = undefined;
    if (Number(BigInt.asIntN(32, result[0] ?? 0n)) === 0) return true;
    throw new InstallerError("disk", `${this.#path}: what was written does not get to the disk`, {
      object: this.#path,
      hint: "The kernel's log (dmesg) says what is wrong with the disk.",
    });
  }
}
