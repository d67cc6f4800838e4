import { dlopen, FFIType } from "bun:ffi";
import { constants, fchmodSync } from "node:fs";
import { checkResult } from "../linux/libc.ts";
import { maximumNameLength, maximumTargetLength } from "../nix/nar-format.ts";

const { i32, ptr, u32 } = FFIType;

/** The calls relative to a directory that Bun does not offer. */
const { symbols: calls } = dlopen("libc.so.6", {
  openat: { args: [i32, ptr, i32, u32], returns: i32 },
  mkdirat: { args: [i32, ptr, u32], returns: i32 },
  symlinkat: { args: [ptr, i32, ptr], returns: i32 },
  utimensat: { args: [i32, ptr, ptr, i32], returns: i32 },
  futimens: { args: [i32, ptr], returns: i32 },
  umask: { args: [u32], returns: u32 },
  unshare: { args: [i32], returns: i32 },
});

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** From the kernel's headers, the same on every architecture Bun runs on. */
const O_CLOEXEC = 0o2000000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const UTIME_OMIT = 0x3ffffffen;
const CLONE_FS = 0x200;

/** Two `struct timespec`: the access time is left alone, the modification time is one second after the epoch. */
const storeTimes = new BigInt64Array([0n, UTIME_OMIT, 1n, 0n]);

/** Names and targets with their NUL, as the kernel takes them. One thread makes one call at a time. */
const nameBuffer = Buffer.alloc(maximumNameLength + 1);
const targetBuffer = Buffer.alloc(maximumTargetLength + 1);

/** What the umask may take away from the mode of a new file: anything, until it is known. */
let masked = 0o777;

/**
 * Gives the calling thread a file mode creation mask of its own, umask(2), that takes nothing away, so that modes need
 * not be set again. The other threads keep theirs. Where that is not allowed, as in some containers, they are.
 */
export function clearUmask(): void {
  if (calls.unshare(CLONE_FS) !== 0) return;
  calls.umask(0);
  masked = 0;
}

/*
 * A name is one component in bytes. It is looked up in the directory that the descriptor stands for and nowhere else,
 * and no call follows a symbolic link. All throw a SystemCallError, with the name as latin-1.
 */

/** mkdirat(2), and a descriptor of the new directory. Fails if anything has the name already. */
export function makeDirectory(directory: number, name: Buffer): number {
  const terminated = terminate(name, nameBuffer);
  check("mkdir", name, calls.mkdirat(directory, terminated, 0o755));
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  return check("open", name, calls.openat(directory, terminated, flags, 0));
}

/** openat(2): a descriptor to write a new file. Fails if anything has the name already. */
export function makeFile(directory: number, name: Buffer, mode: number): number {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const terminated = terminate(name, nameBuffer);
  const file = check("create", name, calls.openat(directory, terminated, flags, mode));
  if ((mode & masked) !== 0) fchmodSync(file, mode);
  return file;
}

/** symlinkat(2), with the modification time of the store. Fails if anything has the name already. */
export function makeSymlink(directory: number, name: Buffer, target: Buffer): void {
  const link = terminate(name, nameBuffer);
  check("symlink", name, calls.symlinkat(terminate(target, targetBuffer), directory, link));
  check("utimensat", name, calls.utimensat(directory, link, storeTimes, AT_SYMLINK_NOFOLLOW));
}

/** futimens(3): gives an open file or directory the modification time of the store. */
export function setStoreTime(descriptor: number): void {
  checkResult("futimens", calls.futimens(descriptor, storeTimes));
}

/** Puts bytes and a NUL into a buffer that has room for them. */
function terminate(bytes: Buffer, buffer: Buffer): Buffer {
  buffer[bytes.copy(buffer)] = 0;
  return buffer;
}

/** Makes a text for the error only when there is one: this runs for every file of the system. */
function check(call: string, name: Buffer, result: number): number {
  if (result < 0) checkResult(`${call} ${JSON.stringify(name.toString("latin1"))}`, result);
  return result;
}
