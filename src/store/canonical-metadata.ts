import {
  closeSync,
  constants,
  fchmodSync,
  futimesSync,
  lchownSync,
  lutimesSync,
  openSync,
  type Stats,
} from "node:fs";

/** Everything in a store is dated so: seconds since the epoch. */
const storeTime = 1;

const executeBits = 0o111;

/** Who owns what this process makes. */
const user = process.geteuid?.() ?? 0;
const group = process.getegid?.() ?? 0;

/** The mode that something has in a store, by what it is and whether its owner may execute it. */
function canonicalMode(stat: Stats): number {
  if (stat.isDirectory()) return 0o555;
  return (stat.mode & constants.S_IXUSR) === 0 ? 0o444 : 0o444 | executeBits;
}

/**
 * Whether something has the mode, the owner and the time that Nix gives what it puts into a store, and that a NAR does not
 * tell (`canonicaliseTimestampAndPermissions`, `canonicalisePathMetaData` of Nix). Like there, the group does not matter.
 */
export function isCanonical(stat: Stats): boolean {
  const modeIsRight = stat.isSymbolicLink() || (stat.mode & 0o7777) === canonicalMode(stat);
  return modeIsRight && stat.uid === user && stat.mtimeMs === storeTime * 1000;
}

/**
 * Gives something in a store the mode, the owner and the time that it should have. No symbolic link is followed.
 *
 * @param stat What lstat(2) says of it.
 * @throws the file system's errors.
 */
export function makeCanonical(path: Buffer, stat: Stats): void {
  if (stat.uid !== user) lchownSync(path, user, group);
  if (stat.isSymbolicLink()) {
    lutimesSync(path, storeTime, storeTime);
    return;
  }
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fchmodSync(descriptor, canonicalMode(stat));
    futimesSync(descriptor, storeTime, storeTime);
  } finally {
    closeSync(descriptor);
  }
}
