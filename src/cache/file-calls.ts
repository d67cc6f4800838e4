import { dlopen, FFIType } from "bun:ffi";
import { constants } from "node:fs";
import { checkResult } from "../linux/libc.ts";

const { i32, ptr, u32 } = FFIType;

/** The calls relative to a directory that Bun does not offer. */
const { symbols: calls } = dlopen("libc.so.6", {
  openat: { args: [i32, ptr, i32, u32], returns: i32 },
  mkdirat: { args: [i32, ptr, u32], returns: i32 },
  symlinkat: { args: [ptr, i32, ptr], returns: i32 },
  utimensat: { args: [i32, ptr, ptr, i32], returns: i32 },
  futimens: { args: [i32, ptr], returns: i32 },
});

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** From the kernel's headers, the same on every architecture Bun runs on. */
const O_CLOEXEC = 0o2000000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const UTIME_OMIT = 0x3ffffffen;

/** Two `struct timespec`: the access time is left alone, the modification time is one second after the epoch. */
const storeTimes = new BigInt64Array([0n, UTIME_OMIT, 1n, 0n]);

/*
 * A name is one component in bytes. It is looked up in the directory that the descriptor stands for and nowhere else,
 * and no call follows a symbolic link. All throw a SystemCallError, with the name as latin-1.
 */

/** mkdirat(2), and a descriptor of the new directory. Fails if anything has the name already. */
export function makeDirectory(directory: number, name: Buffer): number {
  check("mkdir", name, calls.mkdirat(directory, terminated(name), 0o755));
  return openDirectory(directory, name);
}

/** openat(2): a descriptor of a directory. */
function openDirectory(directory: number, name: Buffer): number {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const descriptor = calls.openat(directory, terminated(name), flags, 0);
  check("open", name, descriptor);
  return descriptor;
}

/** openat(2): a descriptor to write a new file. Fails if anything has the name already. */
export function makeFile(directory: number, name: Buffer, mode: number): number {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const descriptor = calls.openat(directory, terminated(name), flags, mode);
  check("create", name, descriptor);
  return descriptor;
}

/** symlinkat(2), with the modification time of the store. Fails if anything has the name already. */
export function makeSymlink(directory: number, name: Buffer, target: Buffer): void {
  const link = terminated(name);
  check("symlink", name, calls.symlinkat(terminated(target), directory, link));
  const result = calls.utimensat(directory, link, storeTimes, AT_SYMLINK_NOFOLLOW);
  check("utimensat", name, result);
}

/** futimens(3): gives an open file or directory the modification time of the store. */
export function setStoreTime(descriptor: number): void {
  checkResult("futimens", calls.futimens(descriptor, storeTimes));
}

function terminated(name: Buffer): Buffer {
  const text = Buffer.alloc(name.length + 1);
  name.copy(text);
  return text;
}

/** Makes a text for the error only when there is one: this runs for every file of the system. */
function check(call: string, name: Buffer, result: number): void {
  if (result < 0) checkResult(`${call} ${JSON.stringify(name.toString("latin1"))}`, result);
}
