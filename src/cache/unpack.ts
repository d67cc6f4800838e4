import { closeSync, fchmodSync, writeSync } from "node:fs";
import { InstallerError } from "../errors.ts";
import { nameFault, targetFault } from "../nix/nar-format.ts";
import type { NarSink } from "../nix/nar-sink.ts";
import type { StorePath } from "../nix/store-path.ts";
import { makeDirectory, makeFile, makeSymlink, setStoreTime } from "./file-calls.ts";

/** Modes of everything in a store (`canonicaliseTimestampAndPermissions` of Nix). */
const modes = { directory: 0o555, executable: 0o555, file: 0o444 } as const;

/**
 * Writes a store path, as Nix would leave it: directories and executables 0555, other files 0444, every modification
 * time one second after the epoch, owned by who runs this (root).
 *
 * It cannot write elsewhere, whatever it is told: names are single components, each is made new in a directory that
 * was made new before, by a descriptor of that directory, and symbolic links are never followed.
 */
export class StorePathWriter implements NarSink {
  readonly #name: Buffer;
  /** Descriptors: the store directory, then every directory that is being filled. */
  readonly #directories: number[];
  #file: number | undefined;
  #files = 0;

  /**
   * @param store Descriptor of the store directory; stays open.
   * @param storePath What to write; must not exist yet.
   */
  constructor(store: number, storePath: StorePath) {
    this.#directories = [store];
    this.#name = Buffer.from(storePath.baseName);
  }

  /** Regular files written so far. */
  get files(): number {
    return this.#files;
  }

  /** @throws {SystemCallError} */
  startDirectory(name: Buffer): void {
    this.#directories.push(makeDirectory(this.directory, this.#checked(name)));
  }

  endDirectory(): void {
    const directory = this.#directories.pop();
    if (directory === undefined || this.#directories.length === 0) {
      throw new InstallerError("bug", "a directory ends that did not begin");
    }
    finish(directory, modes.directory);
  }

  /** @throws {SystemCallError} */
  startFile(name: Buffer, _size: number, executable: boolean): void {
    const mode = executable ? modes.executable : modes.file;
    this.#file = makeFile(this.directory, this.#checked(name), mode);
  }

  fileData(chunk: Uint8Array): void {
    const file = this.#openFile();
    for (let written = 0; written < chunk.length; ) {
      written += writeSync(file, chunk, written, chunk.length - written);
    }
  }

  endFile(): void {
    const file = this.#openFile();
    this.#file = undefined;
    this.#files++;
    finish(file);
  }

  /** @throws {SystemCallError} */
  symlink(name: Buffer, target: Buffer): void {
    const checked = this.#checked(name);
    if (targetFault(target) !== undefined) throw new InstallerError("bug", "a target that is none");
    makeSymlink(this.directory, checked, target);
  }

  /** Closes what an unpacking that failed has left open. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    for (const directory of this.#directories.splice(1)) closeSync(directory);
  }

  /** Descriptor of the directory that is being filled; before the root begins that of the store. */
  get directory(): number {
    const directory = this.#directories.at(-1);
    if (directory === undefined) throw new InstallerError("bug", "no directory is open");
    return directory;
  }

  #openFile(): number {
    if (this.#file === undefined) throw new InstallerError("bug", "no file is open");
    return this.#file;
  }

  /** The parser has checked names already; this is the place where a wrong one would do harm. */
  #checked(name: Buffer): Buffer {
    if (this.#directories.length === 1) return this.#name;
    const fault = nameFault(name);
    if (fault !== undefined) throw new InstallerError("integrity", `a file name ${fault}`);
    return name;
  }
}

function finish(descriptor: number, mode?: number): void {
  try {
    if (mode !== undefined) fchmodSync(descriptor, mode);
    setStoreTime(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
