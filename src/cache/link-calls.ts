import { dlopen, FFIType } from "bun:ffi";
import { constants } from "node:os";
import { checkResult, errorNumber } from "../linux/libc.ts";

const { i32, ptr } = FFIType;

/** The calls relative to a directory that Bun does not offer. */
const { symbols: calls } = dlopen("libc.so.6", {
  linkat: { args: [i32, ptr, i32, ptr, i32], returns: i32 },
  flock: { args: [i32, i32], returns: i32 },
  renameat: { args: [i32, ptr, i32, ptr], returns: i32 },
});

/** A name of something: one component in bytes, looked up in the directory that the descriptor stands for. */
export interface Place {
  readonly directory: number;
  readonly name: Buffer;
}

/** Why a link was not made, where that is nothing to worry about. */
export type LinkRefusal = "there is none" | "the name is taken" | "no more links";

const { EINTR, ENOENT, EEXIST, EMLINK, ENOSPC, EPERM } = constants.errno;

/** ENOSPC: the directory's index is full; EPERM: the file system has no links. A disk that is full shows elsewhere. */
const refusals: ReadonlyMap<number, LinkRefusal> = new Map([
  [ENOENT, "there is none"],
  [EEXIST, "the name is taken"],
  [EMLINK, "no more links"],
  [ENOSPC, "no more links"],
  [EPERM, "no more links"],
]);

/**
 * linkat(2): gives a file, or a symbolic link itself, a further name.
 *
 * @returns Why not, or `undefined` once it is done.
 * @throws {SystemCallError} for every other reason.
 */
export function link(from: Place, to: Place): LinkRefusal | undefined {
  const result = calls.linkat(from.directory, terminated(from), to.directory, terminated(to), 0);
  if (result === 0) return undefined;
  const refusal = refusals.get(errorNumber());
  if (refusal === undefined) checkResult(`link ${nameOf(to)}`, result);
  return refusal;
}

/** LOCK_EX and LOCK_UN of flock(2). */
const lockOperation = { exclusive: 2, unlock: 8 } as const;

/**
 * flock(2): does something while nobody else does it who has opened the same file or directory, in whatever thread.
 *
 * @throws {SystemCallError}
 */
export function locked<Result>(descriptor: number, work: () => Result): Result {
  let result = -1;
  do result = calls.flock(descriptor, lockOperation.exclusive);
  while (result < 0 && errorNumber() === EINTR);
  checkResult("flock", result);
  try {
    return work();
  } finally {
    calls.flock(descriptor, lockOperation.unlock);
  }
}

/** renameat(2): puts something in the place of something else. @throws {SystemCallError} */
export function rename(from: Place, to: Place): void {
  const result = calls.renameat(from.directory, terminated(from), to.directory, terminated(to));
  checkResult(`rename ${nameOf(to)}`, result);
}

function terminated({ name }: Place): Buffer {
  const text = Buffer.allocUnsafe(name.length + 1);
  name.copy(text);
  text[name.length] = 0;
  return text;
}

function nameOf({ name }: Place): string {
  return JSON.stringify(name.toString("latin1"));
}
