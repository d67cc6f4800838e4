import { FormatError } from "./format-error.ts";
import {
  maximumDepth,
  maximumNameLength,
  maximumTargetLength,
  nameFault,
  narMagic,
  paddingLength,
  targetFault,
} from "./nar-format.ts";
import { type NarState, type NarWord, narWords } from "./nar-grammar.ts";
import type { NarSink } from "./nar-sink.ts";

/** A NAR that breaks the format, with the place where it does. */
export class NarError extends FormatError {
  /** Bytes of the NAR before the string, number or padding that is wrong. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`NAR is malformed at byte ${offset}: ${message}`);
    this.name = "NarError";
    this.offset = offset;
  }
}

/** Bytes of the longest word of the format. */
const maximumWordLength = narMagic.length;

/** Bytes of a number: a string's length or a file's size, little-endian. */
const numberLength = 8;

const noName = Buffer.alloc(0);

/**
 * Reads a NAR from chunks of any size as they arrive and tells a {@link NarSink} what is in it. File contents are
 * passed on without a copy; nothing else is kept but the names of the open directories.
 *
 * As strict as the Nix of today (`src/libutil/archive.cc`, and "Nix Archive format" in its manual); older ones (2.8)
 * take unsorted names and unfinished nodes. Beyond Nix, what Linux has no names and targets for is refused here rather
 * than by the file system, and so are files of 2^53 bytes and more, directories nested more than {@link maximumDepth}
 * deep and bytes after the end. Directory entries are sorted by unsigned bytes, without Darwin's case hack.
 *
 * @example
 * ```ts
 * const parser = new NarParser(sink);
 * for await (const chunk of body) parser.write(chunk);
 * parser.end();
 * ```
 */
export class NarParser {
  readonly #sink: NarSink;
  #state: NarState = "magic";
  /** Bytes of the NAR before what the parser looks at. */
  #offset = 0;
  /** The name of the node that comes, until it is told to the sink. */
  #name: Buffer = noName;
  /** For each open directory the name of its last entry. */
  readonly #lastNames: Buffer[] = [];
  #executable = false;
  #fileSize = 0;
  #contentsLeft = 0;
  /** The beginning of a string or number whose rest comes with the next chunk. */
  readonly #carry = Buffer.alloc(numberLength + maximumTargetLength + numberLength);
  #carried = 0;

  constructor(sink: NarSink) {
    this.#sink = sink;
  }

  /**
   * Takes the next bytes of the NAR. After it has thrown, the parser takes no more.
   *
   * @throws {NarError} where the format is broken, and whatever the sink throws.
   */
  write(chunk: Uint8Array): void {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#state === "failed") throw this.#error("it goes on after an error");
    try {
      this.#consume(buffer);
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }

  /**
   * Says that there are no more bytes.
   *
   * @throws {NarError} if the NAR is not complete, or an earlier call threw.
   */
  end(): void {
    if (this.#state === "failed") throw this.#error("it ends after an error");
    if (this.#state !== "end") {
      this.#offset += this.#carried;
      this.#state = "failed";
      throw this.#error("it ends too early");
    }
  }

  #consume(buffer: Buffer): void {
    let at = 0;
    while (at < buffer.length) {
      if (this.#contentsLeft > 0) {
        at += this.#contents(buffer, at);
        continue;
      }
      if (this.#carried > 0) {
        at += this.#fillCarry(buffer, at);
        continue;
      }
      const size = this.#unitSize(buffer, at, buffer.length);
      if (size > buffer.length - at) {
        this.#carried = buffer.copy(this.#carry, 0, at);
        return;
      }
      this.#unit(buffer, at);
      this.#offset += size;
      at += size;
    }
  }

  /** Passes on file contents; returns how many bytes. */
  #contents(buffer: Buffer, at: number): number {
    const length = Math.min(this.#contentsLeft, buffer.length - at);
    this.#sink.fileData(buffer.subarray(at, at + length));
    this.#offset += length;
    this.#contentsLeft -= length;
    if (this.#contentsLeft === 0) this.#fileComplete();
    return length;
  }

  /** Adds bytes to what was carried over, and reads it once it is complete; returns how many bytes it took. */
  #fillCarry(buffer: Buffer, at: number): number {
    const missing = this.#unitSize(this.#carry, 0, this.#carried) - this.#carried;
    const taken = buffer.copy(this.#carry, this.#carried, at, at + missing);
    this.#carried += taken;
    const size = this.#unitSize(this.#carry, 0, this.#carried);
    if (size === this.#carried) {
      this.#carried = 0;
      this.#unit(this.#carry, 0);
      this.#offset += size;
    }
    return taken;
  }

  /** Bytes of the string, number or padding at `start`; a number's worth if its length is not there yet. */
  #unitSize(buffer: Buffer, start: number, end: number): number {
    if (this.#state === "end") throw this.#error("bytes after its end");
    if (this.#state === "padding") return paddingLength(this.#fileSize);
    if (this.#state === "size" || end - start < numberLength) return numberLength;
    const length = readNumber(buffer, start);
    const limit = this.#lengthLimit();
    if (length > limit) {
      throw this.#error(`a string of ${length} bytes where at most ${limit} may be`);
    }
    return numberLength + length + paddingLength(length);
  }

  #lengthLimit(): number {
    if (this.#state === "name") return maximumNameLength;
    return this.#state === "target" ? maximumTargetLength : maximumWordLength;
  }

  /** Reads the string, number or padding at `start`, which is complete. */
  #unit(buffer: Buffer, start: number): void {
    if (this.#state === "size") {
      this.#file(readNumber(buffer, start));
      return;
    }
    if (this.#state === "padding") {
      this.#checkPadding(buffer, start, start + paddingLength(this.#fileSize));
      this.#state = "close";
      return;
    }
    if (this.#word(buffer, start)) return;
    const length = readNumber(buffer, start);
    const from = start + numberLength;
    this.#checkPadding(buffer, from + length, from + length + paddingLength(length));
    if (this.#state === "name") {
      this.#entryName(Buffer.from(buffer.subarray(from, from + length)));
    } else if (this.#state === "target") {
      this.#target(Buffer.from(buffer.subarray(from, from + length)));
    } else {
      throw this.#unexpected(buffer.toString("latin1", from, from + length));
    }
  }

  #checkPadding(buffer: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      if (buffer[at] !== 0) throw this.#error("padding that is not NUL");
    }
  }

  /** Reads a word of the format; whether one that may come here is there. */
  #word(buffer: Buffer, start: number): boolean {
    const state = this.#state;
    const word = wordAt(buffer, start, state);
    if (word === undefined) return false;
    this.#state = word.next;
    if (state === "kind") {
      this.#executable = false;
      if (word.text === "directory") this.#directory();
    } else if (word.next === "executable") {
      this.#executable = true;
    } else if (word.next === "entry-close") {
      if (state === "entry") this.#endDirectory();
      if (this.#lastNames.length === 0) this.#state = "end";
    }
    return true;
  }

  #unexpected(word: string): NarError {
    const expected = narWords.get(this.#state)?.map(({ text }) => JSON.stringify(text)) ?? [];
    return this.#error(`${JSON.stringify(word)} instead of ${expected.join(" or ")}`);
  }

  #directory(): void {
    if (this.#lastNames.length === maximumDepth) {
      throw this.#error(`directories nested more than ${maximumDepth} deep`);
    }
    this.#lastNames.push(noName);
    this.#sink.startDirectory(this.#name);
  }

  #endDirectory(): void {
    this.#lastNames.pop();
    this.#sink.endDirectory();
  }

  #file(size: number): void {
    if (!Number.isSafeInteger(size)) throw this.#error("a file of 2^53 bytes or more");
    this.#fileSize = size;
    this.#contentsLeft = size;
    this.#sink.startFile(this.#name, size, this.#executable);
    if (size === 0) this.#fileComplete();
  }

  #fileComplete(): void {
    this.#sink.endFile();
    this.#state = paddingLength(this.#fileSize) === 0 ? "close" : "padding";
  }

  #target(target: Buffer): void {
    const fault = targetFault(target);
    if (fault !== undefined) throw this.#error(`a symbolic link's target ${fault}`);
    this.#sink.symlink(this.#name, target);
    this.#state = "close";
  }

  #entryName(name: Buffer): void {
    const fault = nameFault(name);
    if (fault !== undefined) throw this.#error(`the name ${quote(name)} ${fault}`);
    const last = this.#lastNames.at(-1) ?? noName;
    const order = Buffer.compare(last, name);
    if (order >= 0) {
      const relation = order === 0 ? "comes twice" : `comes after ${quote(last)}`;
      throw this.#error(`the name ${quote(name)} ${relation}`);
    }
    this.#lastNames[this.#lastNames.length - 1] = name;
    this.#name = name;
    this.#state = "entry-node";
  }

  #error(message: string): NarError {
    return new NarError(message, this.#offset);
  }
}

/** The 64-bit number at `at`; beyond 2^53 it is inexact, and no safe integer. */
function readNumber(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at + 4) * 2 ** 32 + buffer.readUInt32LE(at);
}

/** The word at `start`, if it is one that may come in that state. */
function wordAt(buffer: Buffer, start: number, state: NarState): NarWord | undefined {
  for (const word of narWords.get(state) ?? []) {
    if (isAt(buffer, start, word.encoded)) return word;
  }
  return undefined;
}

/** Whether bytes are at that place; byte by byte, since most words differ in their first, and all are short. */
function isAt(buffer: Buffer, start: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    if (buffer[start + index] !== bytes[index]) return false;
  }
  return true;
}

function quote(name: Buffer): string {
  return JSON.stringify(name.toString("latin1"));
}
