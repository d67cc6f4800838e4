import { closeSync, openSync } from "node:fs";
import { calls, checkResult } from "./libc.ts";

/** An open directory of each file system that is watched, by its mount point. */
const watched = new Map<string, number>();

/**
 * Watches a file system for what the kernel cannot write to its disk. The kernel tells an error of that kind once to
 * everybody who has the file system open at that time (`lib/errseq.c`), and to nobody who comes later when somebody has
 * heard it: the boot loader's installer of NixOS, for one, which calls syncfs(2) on the ESP and goes on whatever it says.
 *
 * The file system is busy until {@link unwatchFileSystem}.
 *
 * @param mountPoint Where it is mounted.
 */
export function watchFileSystem(mountPoint: string): void {
  unwatchFileSystem(mountPoint);
  watched.set(mountPoint, openSync(mountPoint, "r"));
}

/** Watches a file system no longer; one that is not watched is no error. */
export function unwatchFileSystem(mountPoint: string): void {
  const descriptor = watched.get(mountPoint);
  if (descriptor === undefined) return;
  watched.delete(mountPoint);
  closeSync(descriptor);
}

/** The mount points of what is watched. */
export function watchedFileSystems(): readonly string[] {
  return [...watched.keys()];
}

/**
 * syncfs(2) on a watched file system: everything written to it is on its disk when this returns, also what was sent there
 * since it is watched.
 *
 * @throws {SystemCallError}
 */
export function syncWatchedFileSystem(mountPoint: string): void {
  const descriptor = watched.get(mountPoint);
  if (descriptor === undefined) return;
  checkResult(`syncfs ${mountPoint}`, calls.syncfs(descriptor));
}
