import { closeSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from "node:fs";
import { LeafHasher } from "../nix/leaf-hash.ts";

/**
 * Whether a file or symbolic link is as a store has it, and its NAR has a hash. What cannot be read is not.
 *
 * @throws the file system's errors where it cannot be looked at.
 */
export function isSoundLink(path: string, hash: Uint8Array): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.mtimeMs !== 1000) return false;
  const actual = stat.isSymbolicLink() ? targetHash(path) : fileHash(path, stat);
  return actual !== undefined && Buffer.compare(actual, hash) === 0;
}

function targetHash(path: string): Uint8Array {
  const target = readlinkSync(path, { encoding: "buffer" });
  const hasher = new LeafHasher("symlink", target.length);
  hasher.update(target);
  return hasher.digest();
}

function fileHash(path: string, stat: Stats): Uint8Array | undefined {
  const mode = stat.mode & 0o7777;
  if (!stat.isFile() || (mode !== 0o444 && mode !== 0o555)) return undefined;
  const hasher = new LeafHasher(mode === 0o555 ? "executable" : "file", stat.size);
  const piece = Buffer.allocUnsafe(65_536);
  const file = openSync(path, "r");
  try {
    for (let length = 1; length > 0; ) {
      length = readSync(file, piece);
      hasher.update(piece.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
  return hasher.digest();
}
