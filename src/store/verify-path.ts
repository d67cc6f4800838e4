import { lstatSync, type Stats } from "node:fs";
import { errorCode, InstallerError } from "../errors.ts";
import { equalHashes, formatHash, type Hash, parseHash } from "../nix/hash.ts";
import { NarWriter } from "../nix/nar-writer.ts";
import { isCanonical, makeCanonical } from "./canonical-metadata.ts";
import { dumpTree } from "./nar-dump.ts";

/** What the contents of a path of a store should be. */
export interface ExpectedPath {
  /** `sha256:<base 32>` */
  readonly narHash: string;
  /** Bytes. */
  readonly narSize: number;
}

/** What is at a path of a store. */
export interface PathVerdict {
  /** Bytes of its NAR that were read. */
  readonly bytes: number;
  /** What is wrong with it, for a sentence that begins with it; `undefined` for what is right. */
  readonly problem: string | undefined;
  /** Files, directories and links of a right path that had another mode, owner or time than Nix gives them, and got it. */
  readonly corrected: number;
  /** Inodes of what has further names, in `.links` or elsewhere. */
  readonly linked: readonly number[];
}

/**
 * Errors by which a file system says that what it has is damaged: a medium that cannot be read, or a checksum that is
 * wrong (EUCLEAN and EBADMSG of ext4 and xfs, EIO of btrfs); and what follows from names that lead nowhere.
 */
const damage: ReadonlySet<string | undefined> = new Set([
  "EIO",
  "EUCLEAN",
  "EBADMSG",
  "EILSEQ",
  "ENOENT",
  "ENOTDIR",
  "ELOOP",
]);

/**
 * Compares what is at a path with what should be there: by the NAR hash, and so by everything that Nix keeps of a file.
 * What a NAR does not tell is put right: modes, owners and times. Nothing is changed where the hash is wrong.
 *
 * Works without a break until it is done: for more than a few paths use a worker.
 *
 * @param path What must be there; links are not followed.
 * @param check Called before every piece; what it throws ends the work.
 * @throws the file system's errors that are no damage of what is at the path.
 */
export function verifyPath(
  path: string,
  { narHash, narSize }: ExpectedPath,
  check: () => void = () => {},
): PathVerdict {
  const changed: [path: Buffer, stat: Stats][] = [];
  const linked: number[] = [];
  const hasher = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  const writer = new NarWriter((chunk) => {
    check();
    bytes += chunk.length;
    if (bytes > narSize) throw new WrongPath(`is more than the ${narSize} bytes it should be`);
    hasher.update(chunk);
  });
  const observe = (node: Buffer, stat: Stats) => {
    if (!isCanonical(stat)) changed.push([node, stat]);
    if (stat.nlink > 1 && !stat.isDirectory()) linked.push(stat.ino);
  };
  try {
    dumpTree(path, writer, observe);
    writer.end();
    if (bytes !== narSize) throw new WrongPath(`is ${bytes} bytes instead of ${narSize}`);
    compareHash(hasher, parseHash(narHash));
  } catch (error) {
    return { bytes, problem: problemOf(error), corrected: 0, linked };
  }
  for (const [node, stat] of changed) makeCanonical(node, stat);
  return { bytes, problem: undefined, corrected: changed.length, linked };
}

/** Whether there is anything at a path; links are not followed. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // Something that cannot even be looked at is there, and not as it should be.
    if (damage.has(errorCode(error))) return true;
    throw error;
  }
}

class WrongPath extends InstallerError {
  constructor(problem: string) {
    super("integrity", problem);
    this.name = "WrongPath";
  }
}

function compareHash(hasher: Bun.CryptoHasher, expected: Hash): void {
  const actual: Hash = { algorithm: "sha256", bytes: new Uint8Array(hasher.digest()) };
  if (equalHashes(actual, expected)) return;
  throw new WrongPath(`has the NAR hash ${formatHash(actual)}`);
}

/** What is wrong with a path, of the error that reading it ended with; throws one that says nothing of the path. */
function problemOf(error: unknown): string {
  if (error instanceof WrongPath) return error.message;
  const code = errorCode(error);
  if (damage.has(code)) return `cannot be read (${code})`;
  // What cannot be in a NAR: devices, pipes, directories deeper than Nix allows.
  const isUnsuitable = error instanceof InstallerError && error.reason !== "interrupted";
  if (isUnsuitable) return `is no store path: ${error.message}`;
  throw error;
}
