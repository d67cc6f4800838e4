import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file so that after a power cut it has all of its contents, or is as it was before: under another name, to the
 * disk, and then into its place.
 *
 * @throws the file system's errors.
 */
export function writeDurably(path: string, contents: string | Uint8Array, mode: number): void {
  const temporary = `${path}.new`;
  try {
    // One that is there is of a run that was broken off, or a link that leads elsewhere.
    rmSync(temporary, { force: true });
    const descriptor = openSync(temporary, "wx", mode);
    try {
      writeFileSync(descriptor, contents);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/** fsync(2) of a directory: its names are on the disk. @throws the file system's errors. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
