import { InstallerError } from "../errors.ts";
import {
  maximumDepth,
  nameFault,
  narMagic,
  narString,
  paddingLength,
  targetFault,
} from "./nar-format.ts";
import type { NarSink } from "./nar-sink.ts";

/** Bytes that are collected before they are given on; longer pieces of a file go through as they are. */
const bufferLength = 64 * 1024;

const encodeAll = (...words: readonly string[]) => Buffer.concat(words.map(narString));

const magic = narString(narMagic);
const startOfDirectory = encodeAll("(", "type", "directory");
const startOfEntry = encodeAll("entry", "(", "name");
const startOfNode = narString("node");
const startOfFile = encodeAll("(", "type", "regular", "contents");
const startOfExecutable = encodeAll("(", "type", "regular", "executable", "", "contents");
const startOfSymlink = encodeAll("(", "type", "symlink", "target");
const close = narString(")");
const zeros = Buffer.alloc(8);
const noName = Buffer.alloc(0);

/**
 * Makes a NAR of the tree that it is told. What it is told in the wrong order, with names that cannot be, or with
 * other sizes than announced is a bug of the caller and throws an {@link InstallerError} that says so: it never makes a
 * NAR that `NarParser` refuses.
 *
 * @example
 * ```ts
 * const hasher = new Bun.CryptoHasher("sha256");
 * const writer = new NarWriter((chunk) => hasher.update(chunk));
 * writer.startFile(Buffer.alloc(0), 5, false);
 * writer.fileData(Buffer.from("hello"));
 * writer.endFile();
 * writer.end();
 * ```
 */
export class NarWriter implements NarSink {
  readonly #write: (chunk: Uint8Array) => void;
  readonly #buffer = Buffer.allocUnsafe(bufferLength);
  #buffered = 0;
  #length = 0;
  /** For each open directory the name of its last entry. */
  readonly #lastNames: Buffer[] = [];
  #fileSize = 0;
  /** Bytes that the open file still needs; `undefined` if none is open. */
  #fileLeft: number | undefined;
  #started = false;

  /** @param write Gets the NAR piece by piece. A piece is valid only during the call. */
  constructor(write: (chunk: Uint8Array) => void) {
    this.#write = write;
  }

  startDirectory(name: Buffer): void {
    if (this.#lastNames.length === maximumDepth) throw misuse("too deep a tree");
    this.#startNode(name);
    this.#lastNames.push(noName);
    this.#put(startOfDirectory);
  }

  endDirectory(): void {
    if (this.#fileLeft !== undefined || this.#lastNames.pop() === undefined) {
      throw misuse("no directory to end");
    }
    this.#endNode();
  }

  startFile(name: Buffer, size: number, executable: boolean): void {
    if (!Number.isSafeInteger(size) || size < 0) throw misuse(`a file of ${size} bytes`);
    this.#startNode(name);
    this.#put(executable ? startOfExecutable : startOfFile);
    this.#putNumber(size);
    this.#fileSize = size;
    this.#fileLeft = size;
  }

  fileData(chunk: Uint8Array): void {
    if (this.#fileLeft === undefined) throw misuse("data without a file");
    this.#fileLeft -= chunk.length;
    if (this.#fileLeft < 0) throw misuse("more data than the file's size");
    this.#put(chunk);
  }

  endFile(): void {
    if (this.#fileLeft !== 0) throw misuse("a file's end before all of its data");
    this.#fileLeft = undefined;
    this.#put(zeros.subarray(0, paddingLength(this.#fileSize)));
    this.#endNode();
  }

  symlink(name: Buffer, target: Buffer): void {
    const fault = targetFault(target);
    if (fault !== undefined) throw misuse(`a symbolic link whose target ${fault}`);
    this.#startNode(name);
    this.#put(startOfSymlink);
    this.#putBytes(target);
    this.#endNode();
  }

  /**
   * Says that the tree is complete, and gives on what is still buffered.
   *
   * @returns The length of the NAR in bytes.
   */
  end(): number {
    if (!this.#started || this.#lastNames.length > 0 || this.#fileLeft !== undefined) {
      throw misuse("an end before the root's");
    }
    this.#flush();
    return this.#length;
  }

  #startNode(name: Buffer): void {
    const last = this.#lastNames.at(-1);
    if (last === undefined) {
      if (this.#started) throw misuse("a second root");
      if (name.length > 0) throw misuse("a root with a name");
      this.#started = true;
      this.#put(magic);
      return;
    }
    const fault = nameFault(name);
    if (fault !== undefined) throw misuse(`a name that ${fault}`);
    if (Buffer.compare(last, name) >= 0) throw misuse("names out of order");
    if (this.#fileLeft !== undefined) throw misuse("an entry inside a file");
    this.#lastNames[this.#lastNames.length - 1] = name;
    this.#put(startOfEntry);
    this.#putBytes(name);
    this.#put(startOfNode);
  }

  #endNode(): void {
    this.#put(close);
    if (this.#lastNames.length > 0) this.#put(close);
  }

  #putBytes(bytes: Buffer): void {
    this.#putNumber(bytes.length);
    this.#put(bytes);
    this.#put(zeros.subarray(0, paddingLength(bytes.length)));
  }

  #putNumber(value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(value % 2 ** 32, 0);
    bytes.writeUInt32LE(Math.floor(value / 2 ** 32), 4);
    this.#put(bytes);
  }

  #put(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#buffered + bytes.length > bufferLength) this.#flush();
    if (bytes.length > bufferLength) {
      this.#write(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  #flush(): void {
    if (this.#buffered > 0) this.#write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }
}

function misuse(what: string): InstallerError {
  return new InstallerError("bug", `NAR writer was given ${what}`);
}
