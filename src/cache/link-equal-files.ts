import { InstallerError } from "../errors.ts";
import { LeafHasher } from "../nix/leaf-hash.ts";
import type { NarSink } from "../nix/nar-sink.ts";
import type { FileLinks } from "./file-links.ts";
import type { Place } from "./link-calls.ts";

/** What writes a tree below the store directory. */
interface TreeWriter extends NarSink {
  /** Descriptor of the directory that is being filled; before the root begins that of the store. */
  readonly directory: number;
}

/** What {@link EqualFileLinker} works with. */
export interface LinkerOptions {
  readonly writer: TreeWriter;
  /** The name that the writer gives the root of the tree. */
  readonly root: Buffer;
  readonly links: FileLinks;
}

/**
 * Passes a tree on to what writes it, and makes every file and symbolic link that the store has already a link of that
 * one, as Nix does with `auto-optimise-store`. A file that comes in one piece is not even written then.
 */
export class EqualFileLinker implements NarSink {
  readonly #options: LinkerOptions;
  #depth = 0;
  #file: FileUnderWay | undefined;

  constructor(options: LinkerOptions) {
    this.#options = options;
  }

  startDirectory(name: Buffer): void {
    this.#options.writer.startDirectory(name);
    this.#depth++;
  }

  endDirectory(): void {
    this.#options.writer.endDirectory();
    this.#depth--;
  }

  startFile(name: Buffer, size: number, executable: boolean): void {
    this.#file = new FileUnderWay(this.#options, this.#place(name), { name, size, executable });
  }

  fileData(chunk: Uint8Array): void {
    this.#openFile().take(chunk);
  }

  endFile(): void {
    this.#openFile().end();
    this.#file = undefined;
  }

  symlink(name: Buffer, target: Buffer): void {
    const { writer, links } = this.#options;
    const place = this.#place(name);
    const hasher = new LeafHasher("symlink", target.length);
    hasher.update(target);
    const hash = hasher.digest();
    if (links.make(place, hash, target.length)) return;
    writer.symlink(name, target);
    links.add(place, hash, target.length);
  }

  #place(name: Buffer): Place {
    const { writer, root } = this.#options;
    return { directory: writer.directory, name: this.#depth === 0 ? root : name };
  }

  #openFile(): FileUnderWay {
    if (this.#file === undefined) throw new InstallerError("bug", "no file is open");
    return this.#file;
  }
}

/** The arguments of {@link NarSink.startFile}. */
interface FileStart {
  readonly name: Buffer;
  readonly size: number;
  readonly executable: boolean;
}

/** A file that is being unpacked. */
class FileUnderWay {
  readonly #options: LinkerOptions;
  readonly #place: Place;
  readonly #start: FileStart;
  readonly #hasher: LeafHasher;
  #hash: Uint8Array | undefined;
  /** Whether it is known yet what becomes of it. */
  #state: "open" | "written" | "linked" = "open";

  constructor(options: LinkerOptions, place: Place, start: FileStart) {
    this.#options = options;
    this.#place = place;
    this.#start = start;
    this.#hasher = new LeafHasher(start.executable ? "executable" : "file", start.size);
  }

  take(chunk: Uint8Array): void {
    this.#hasher.update(chunk);
    if (this.#state === "open") {
      if (chunk.length === this.#start.size) this.#link();
      this.#write();
    }
    if (this.#state === "written") this.#options.writer.fileData(chunk);
  }

  end(): void {
    if (this.#state === "open") {
      this.#link();
      this.#write();
    }
    if (this.#state === "linked") return;
    this.#options.writer.endFile();
    const hash = this.#hash ?? this.#hasher.digest();
    this.#options.links.add(this.#place, hash, this.#start.size);
  }

  /** Links it, now that all of its contents have come, if there is something to link. */
  #link(): void {
    this.#hash = this.#hasher.digest();
    const { links } = this.#options;
    if (links.make(this.#place, this.#hash, this.#start.size)) this.#state = "linked";
  }

  /** Begins to write it, unless it is linked. */
  #write(): void {
    if (this.#state === "linked") return;
    const { name, size, executable } = this.#start;
    this.#options.writer.startFile(name, size, executable);
    this.#state = "written";
  }
}
