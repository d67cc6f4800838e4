import { FormatError } from "./format-error.ts";

/** The only store directory that the installer handles: a NixOS system has no other. */
export const storeDirectory = "/nix/store";

/** Characters of the hash part of a store path. */
const hashLength = 32;

/** The longest name Nix accepts, in characters (`StorePath::MaxPathLen`). */
const maximumNameLength = 211;

const maximumLength = hashLength + 1 + maximumNameLength;

/** Everything but the length of the name. */
const wellFormed = /^[0-9abcdfghijklmnpqrsvwxyz]{32}-(?!\.\.?(?:-|$))[A-Za-z0-9+\-._?=]+$/;

/** A path directly under {@link storeDirectory}, checked: it is safe as a file name. Compare by {@link toString}. */
export class StorePath {
  /** The path without the store directory: `<hash>-<name>`, the way narinfos write references. */
  readonly baseName: string;

  /**
   * @param baseName The last component: `<hash>-<name>`.
   * @throws {FormatError} if it is no such component, by the rules of `src/libstore/path.cc` of Nix.
   */
  constructor(baseName: string) {
    if (!wellFormed.test(baseName) || baseName.length > maximumLength) explain(baseName);
    this.baseName = baseName;
  }

  /** The 32 base-32 characters before the name: the key of the path in a binary cache. */
  get hash(): string {
    return this.baseName.slice(0, hashLength);
  }

  /** What follows the hash and its dash: `hello-2.12.1`. */
  get name(): string {
    return this.baseName.slice(hashLength + 1);
  }

  /** The whole path: `/nix/store/<hash>-<name>`. */
  toString(): string {
    return `${storeDirectory}/${this.baseName}`;
  }

  /** The whole path, so that store paths are readable in JSON. */
  toJSON(): string {
    return this.toString();
  }
}

/**
 * Reads a whole store path, `/nix/store/<hash>-<name>`, with nothing behind it.
 *
 * @throws {FormatError} if it is anything else.
 */
export function parseStorePath(text: string): StorePath {
  if (!text.startsWith(`${storeDirectory}/`)) {
    throw invalid(text, `it is not in ${storeDirectory}`);
  }
  return new StorePath(text.slice(storeDirectory.length + 1));
}

/** Negative when the first comes first. */
function compareStorePaths(one: StorePath, other: StorePath): number {
  const [left, right] = [one.baseName, other.baseName];
  return left < right ? -1 : Number(left > right);
}

/** The paths without duplicates, in the order of Nix's sets, which fingerprints and registrations rely on. */
export function sortStorePaths(paths: Iterable<StorePath>): StorePath[] {
  const unique = new Map([...paths].map((path) => [path.baseName, path]));
  return [...unique.values()].toSorted(compareStorePaths);
}

/** @throws {FormatError} with what is wrong about a base name that is not well-formed. */
function explain(baseName: string): never {
  if (!/^[0-9abcdfghijklmnpqrsvwxyz]{32}-/.test(baseName)) {
    throw invalid(baseName, "it does not begin with 32 base-32 characters and a dash");
  }
  const name = baseName.slice(hashLength + 1);
  if (name === "") throw invalid(baseName, "its name is empty");
  if (name.length > maximumNameLength) {
    throw invalid(baseName, `its name is longer than ${maximumNameLength} characters`);
  }
  if (/^\.\.?(-|$)/.test(name)) {
    throw invalid(baseName, "the part of its name before the first dash is . or ..");
  }
  throw invalid(baseName, "its name has a character other than A-Z a-z 0-9 + - . _ ? =");
}

function invalid(text: string, reason: string): FormatError {
  return new FormatError(`${JSON.stringify(text)} is not a store path: ${reason}`);
}
