import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { decodeNix32 } from "../nix/base32.ts";
import { isSoundLink } from "./sound-link.ts";

/** What the names begin with under which Nix, and the installer, put a link before it takes a file's place. */
export const temporaryLinkPrefix = ".tmp-link-";

/** A SHA-256 in Nix's base 32, which is what everything in `.links` is named by. */
const linkName = /^[01][0-9a-df-np-sv-z]{51}$/;

/**
 * Removes from the directory `.links` of a store what must not be linked to, and what is of no use: files of other contents
 * than their name says, among those with the given inodes; those that nothing else is a link of any more, as Nix does
 * when it collects garbage (`LocalStore::removeUnusedLinks`); and links beside the store paths that an attempt was about to
 * put in a file's place.
 *
 * @param suspects Inodes of what was found in paths that are not what they should be.
 * @param check Called for each file; what it throws ends the work.
 * @returns How many had other contents than their name says.
 * @throws the file system's errors.
 */
export function sweepLinks(
  storeDirectory: string,
  suspects: ReadonlySet<number>,
  check: () => void,
): number {
  for (const name of readdirSync(storeDirectory)) {
    if (name.startsWith(temporaryLinkPrefix)) rmSync(join(storeDirectory, name), { force: true });
  }
  const links = join(storeDirectory, ".links");
  let unsound = 0;
  for (const name of readdirSync(links)) {
    check();
    if (!linkName.test(name)) continue;
    const path = join(links, name);
    const { nlink, ino } = lstatSync(path);
    const isUnsound = nlink > 1 && suspects.has(ino) && !isSoundLink(path, decodeNix32(name));
    if (isUnsound) unsound++;
    if (nlink === 1 || isUnsound) rmSync(path);
  }
  return unsound;
}
