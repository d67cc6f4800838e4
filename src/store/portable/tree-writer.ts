import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  futimesSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { type TarEntry, TarError } from "./tar-entry.ts";

/** What every file of a Nix store is dated: 1970-01-01 00:00:01 UTC. */
const storeTime = 1;

const creation = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Writes the tree of an archive into an empty directory, and nothing outside of it whatever the archive says: an entry is
 * created only in a directory that this writer has created itself, and replaces nothing. Modes and times are those
 * that Nix gives a store. Names are bytes, one per character (latin1).
 */
export class TreeWriter {
  readonly #base: string;
  /** What has been created, by path below the base, in that order. */
  readonly #created = new Map<string, TarEntry["kind"]>();
  #file: number | undefined;

  /** @param base An existing directory of the installer's own. */
  constructor(base: string) {
    this.#base = base;
  }

  /**
   * Creates an entry; the data of a file follows through {@link write} and {@link endFile}.
   *
   * @param path Parts without `.`, `..` and empty ones, joined by slashes.
   * @param linkTarget For a hard link: the path of an entry that was created before.
   * @throws {TarError} when it cannot be created without leaving the tree or replacing something.
   */
  create(path: string, entry: TarEntry, linkTarget?: string): void {
    this.#ensureDirectory(parent(path), entry);
    const existing = this.#created.get(path);
    if (existing !== undefined) {
      if (existing === "directory" && entry.kind === "directory") return;
      throw new TarError("it has an entry twice", entry.name);
    }
    switch (entry.kind) {
      case "directory":
        mkdirSync(this.#bytes(path), { mode: 0o755 });
        break;
      case "file":
        this.#file = openSync(this.#bytes(path), creation, 0o600);
        fchmodSync(this.#file, entry.executable ? 0o555 : 0o444);
        break;
      case "symbolic-link":
        if (entry.linkName === "") throw new TarError("a symbolic link is empty", entry.name);
        symlinkSync(Buffer.from(entry.linkName, "latin1"), this.#bytes(path));
        lutimesSync(this.#bytes(path), storeTime, storeTime);
        break;
      case "hard-link":
        this.#link(path, entry, linkTarget ?? "");
        break;
    }
    this.#created.set(path, entry.kind);
  }

  write(chunk: Uint8Array): void {
    let offset = 0;
    while (this.#file !== undefined && offset < chunk.length) {
      offset += writeSync(this.#file, chunk, offset);
    }
  }

  endFile(): void {
    if (this.#file === undefined) return;
    futimesSync(this.#file, storeTime, storeTime);
    this.close();
  }

  /** Closes a file that did not come to its end. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Paths of the entries directly in a directory. */
  childrenOf(directory: string): string[] {
    return [...this.#created.keys()].filter((path) => parent(path) === directory);
  }

  /** Gives the directories below a path, not itself, their final mode and time, once nothing more goes into them. */
  finishBelow(path: string): void {
    for (const [directory, kind] of [...this.#created].toReversed()) {
      if (kind !== "directory" || !directory.startsWith(`${path}/`)) continue;
      chmodSync(this.#bytes(directory), 0o555);
      utimesSync(this.#bytes(directory), storeTime, storeTime);
    }
  }

  /** Archives need not have entries for the directories above others. */
  #ensureDirectory(path: string, entry: TarEntry): void {
    const kind = this.#created.get(path);
    if (path === "" || kind === "directory") return;
    if (kind !== undefined) {
      throw new TarError("it has an entry below something that is no directory", entry.name);
    }
    this.#ensureDirectory(parent(path), entry);
    mkdirSync(this.#bytes(path), { mode: 0o755 });
    this.#created.set(path, "directory");
  }

  #link(path: string, entry: TarEntry, target: string): void {
    const kind = this.#created.get(target);
    if (kind === undefined || kind === "directory") {
      throw new TarError("a hard link leads to no file of the archive", entry.name);
    }
    linkSync(this.#bytes(target), this.#bytes(path));
  }

  #bytes(path: string): Buffer {
    return Buffer.from(`${this.#base}/${path}`, "latin1");
  }
}

function parent(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}
