import { dlopen, FFIType } from "bun:ffi";
import { calls } from "./libc.ts";

const { i32, ptr } = FFIType;

const { symbols } = dlopen("libc.so.6", { setrlimit: { args: [i32, ptr], returns: i32 } });

/** RLIMIT_CORE of setrlimit(2), and PR_SET_DUMPABLE of prctl(2). */
const coreSize = 4;
const setDumpable = 4;

/** What is made without a mode of its own, here or by a program that is run, is written by its owner only. */
const fileModeMask = 0o022;

/**
 * Makes this process and the programs that it starts independent of whoever started it, and keeps what is in their memory
 * to themselves: the file mode creation mask is the usual one, and nobody leaves a core file, in which passphrases would
 * be, wherever core(5) has them go. Where that is forbidden, everything else goes on.
 */
export function protectProcess(): void {
  process.umask(fileModeMask);
  symbols.setrlimit(coreSize, new BigUint64Array([0n, 0n]));
  // A program that core files are piped to gets them whatever the limit is.
  calls.prctl(setDumpable, 0, 0, 0, 0);
}
