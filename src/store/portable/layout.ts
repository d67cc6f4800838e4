import { InstallerError } from "../../errors.ts";
import { FormatError } from "../../nix/format-error.ts";
import { StorePath } from "../../nix/store-path.ts";
import { type TarEntry, TarError } from "./tar-entry.ts";

/** What an entry of a tarball is to the portable store. */
export type Place =
  /** Belongs at `path` below `/nix`: a store path, what is in it, or the store directory itself. */
  | { readonly kind: "tree"; readonly path: string }
  /** A file of Nix's database; belongs at `path` below `/nix`. */
  | { readonly kind: "database"; readonly path: string }
  | { readonly kind: "registration" }
  /** Scripts, other state of Nix, directories: of no use here. */
  | { readonly kind: "ignored" };

/**
 * Where Nix keeps files by their hash to link equal ones together. Not part of the store; but files of the store may
 * come as hard links to them.
 */
export const linksDirectory = "store/.links";

const databaseFiles = new Set(["db.sqlite", "db.sqlite-wal", "schema"]);

/** `.reginfo` as in Nix's tarball, `registration` of closureInfo, `nix-path-registration` of NixOS's images. */
const registrationFiles = new Set([".reginfo", "registration", "nix-path-registration"]);

const notATarball =
  "Use Nix's own binary tarball, nix-VERSION-SYSTEM.tar.xz, or one with nix/store and a registration or nix/var/nix/db.";

/**
 * Sorts the entries of a tarball by where they belong. Two layouts are known, told apart by the first entry: the
 * binary tarball of Nix, `nix-VERSION-SYSTEM/{store,.reginfo}`, and a plain tree, `nix/store` with `nix/var/nix/db` or a
 * registration file. Anything else is refused.
 */
export class TarballLayout {
  readonly #system: string;
  /** The directory of Nix's tarball, or `nix`. */
  #top: string | undefined;
  #registrations = 0;

  /** @param system What the tarball must be for, such as `x86_64-linux`. */
  constructor(system: string) {
    this.#system = system;
  }

  /**
   * @throws {TarError} when the entry lies outside of the layout.
   * @throws {InstallerError} `refused` when the tarball is for another system.
   */
  place(entry: TarEntry): Place {
    const parts = splitName(entry.name);
    const [top, ...rest] = parts;
    if (top === undefined) return { kind: "ignored" };
    if (rest.length === 0 && registrationFiles.has(top)) return this.#registration(entry);
    this.#top ??= this.#recognise(top);
    if (top !== this.#top) throw unexpected(entry);
    if (rest.length === 0) return directoryOnly(entry);
    return top === "nix" ? this.#placeInTree(entry, rest) : this.#placeInOfficial(entry, rest);
  }

  #recognise(top: string): string {
    if (top === "nix") return top;
    const [, system] = /^nix-[^/]*?-([^-]+-[^-]+)$/.exec(top) ?? [];
    if (system === undefined) {
      throw new InstallerError(
        "refused",
        `the tarball is no portable store: it begins with ${JSON.stringify(top)}`,
        { object: "portable-store.tarball", hint: notATarball },
      );
    }
    if (system !== this.#system) throw wrongSystem(system, this.#system);
    return top;
  }

  #placeInOfficial(entry: TarEntry, rest: readonly string[]): Place {
    const [first = ""] = rest;
    if (first === "store") return inStore(entry, rest);
    if (rest.length > 1) throw unexpected(entry);
    if (registrationFiles.has(first)) return this.#registration(entry);
    // install and its like.
    if (entry.kind === "file") return { kind: "ignored" };
    throw unexpected(entry);
  }

  #placeInTree(entry: TarEntry, rest: readonly string[]): Place {
    const [first = "", second, third, file] = rest;
    if (first === "store") return inStore(entry, rest);
    if (first === "var") {
      const isDatabase = second === "nix" && third === "db" && rest.length === 4;
      if (!isDatabase || !databaseFiles.has(file ?? "")) return { kind: "ignored" };
      if (entry.kind !== "file") throw unexpected(entry);
      return { kind: "database", path: rest.join("/") };
    }
    if (rest.length === 1 && registrationFiles.has(first)) return this.#registration(entry);
    throw unexpected(entry);
  }

  #registration(entry: TarEntry): Place {
    if (entry.kind !== "file") throw unexpected(entry);
    this.#registrations++;
    if (this.#registrations > 1) throw new TarError("it has two registrations", entry.name);
    return { kind: "registration" };
  }
}

/** The refusal of a portable store whose programs cannot run here. */
export function wrongSystem(actual: string, expected: string): InstallerError {
  return new InstallerError(
    "refused",
    `the portable store is for ${actual}, this machine is ${expected}`,
    { object: "portable-store.tarball", hint: `Use the tarball for ${expected}.` },
  );
}

/** The refusal of a tarball that lacks a part of what makes a store. */
export function incomplete(what: string): InstallerError {
  return new InstallerError("refused", `the tarball is no portable store: ${what}`, {
    object: "portable-store.tarball",
    hint: notATarball,
  });
}

/** The parts of a name without a leading `./` and trailing slashes, none of them `.` or `..` or empty. */
function splitName(name: string): string[] {
  const parts = name
    .replace(/\/+$/, "")
    .split("/")
    .filter((part, index) => index > 0 || part !== ".");
  if (parts.some((part) => ["", ".", ".."].includes(part) || part.includes("\0"))) {
    throw new TarError("it has an absolute name, or one with empty, . or .. parts", name);
  }
  return parts;
}

function inStore(entry: TarEntry, [store = "", name, ...inside]: readonly string[]): Place {
  if (name === undefined) {
    if (entry.kind !== "directory") throw unexpected(entry);
    return { kind: "tree", path: store };
  }
  if (name === ".links" && inside.length === 0 && entry.kind !== "directory") {
    throw unexpected(entry);
  }
  const first = name === ".links" ? name : storePathName(name, entry);
  return { kind: "tree", path: [store, first, ...inside].join("/") };
}

/** The name of a store path, checked, as the first component below the store directory. */
function storePathName(name: string, entry: TarEntry): string {
  try {
    return new StorePath(name).baseName;
  } catch (cause) {
    if (cause instanceof FormatError) throw new TarError(cause.message, entry.name);
    throw cause;
  }
}

function directoryOnly(entry: TarEntry): Place {
  if (entry.kind !== "directory") throw unexpected(entry);
  return { kind: "ignored" };
}

function unexpected(entry: TarEntry): TarError {
  return new TarError(
    `${JSON.stringify(entry.name)}, a ${entry.kind.replace("-", " ")}, does not belong in a portable store`,
    entry.name,
  );
}
