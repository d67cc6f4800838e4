import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { NarParser } from "../../src/nix/nar.ts";
import type { NarSink } from "../../src/nix/nar-sink.ts";

/** Pseudo-random numbers in [0, 1) that a seed gives again (Mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const slash = Buffer.from("/");

/** The path of an entry, in bytes. */
function joinBytes(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, slash, name]);
}

/** Makes a tree at `path`, which does not exist yet: every kind of file, size and name that a store path may have. */
export function makeRandomTree(path: string, seed: number): void {
  const random = randomNumbers(seed);
  const root = Buffer.from(path);
  mkdirSync(root);
  makeEntries(root, random, 4);
  writeFileSync(joinBytes(root, Buffer.from("large")), makeContents(random, 5 * 2 ** 20));
}

function makeEntries(directory: Buffer, random: () => number, depth: number): void {
  const names = new Map<string, Buffer>();
  for (let count = Math.floor(random() * 12); count > 0; count--) {
    const name = makeName(random);
    names.set(name.toString("latin1"), name);
  }
  for (const name of names.values()) {
    const path = joinBytes(directory, name);
    const kind = random();
    if (kind < 0.3 && depth > 0) {
      mkdirSync(path);
      makeEntries(path, random, depth - 1);
    } else if (kind < 0.5) {
      symlinkSync(makeName(random), path);
    } else {
      writeFileSync(path, makeContents(random, makeSize(random)));
      if (random() < 0.3) chmodSync(path, random() < 0.5 ? 0o755 : 0o744);
    }
  }
}

/** A name of any bytes but `/` and NUL, often close to others in their order. */
function makeName(random: () => number): Buffer {
  const kind = random();
  const length = kind < 0.1 ? 255 : 1 + Math.floor(random() * 12);
  const alphabet = kind < 0.6 ? ".-_aAbB0~ " : undefined;
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index++) {
    const byte =
      alphabet === undefined
        ? 1 + Math.floor(random() * 255)
        : alphabet.charCodeAt(Math.floor(random() * alphabet.length));
    bytes[index] = byte === slash[0] ? 0xff : byte;
  }
  return /^\.\.?$/.test(bytes.toString("latin1")) ? Buffer.from("dots") : bytes;
}

function makeSize(random: () => number): number {
  const kind = random();
  if (kind < 0.2) return 0;
  if (kind < 0.5) return Math.floor(random() * 20);
  return kind < 0.95 ? Math.floor(random() * 5000) : Math.floor(random() * 2 ** 20);
}

function makeContents(random: () => number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < size; index++) bytes[index] = Math.floor(random() * 256);
  return bytes;
}

/**
 * Unpacks a NAR to `path` with plain file system calls: enough for NARs made in a test, and not safe against others.
 */
export function unpackNar(bytes: Uint8Array, path: string, chunkLength = 64 * 1024): void {
  const parser = new NarParser(new TreeSink(path));
  for (let at = 0; at < bytes.length; at += chunkLength) {
    parser.write(bytes.subarray(at, at + chunkLength));
  }
  parser.end();
}

class TreeSink implements NarSink {
  #directories: Buffer[] = [];
  readonly #root: Buffer;
  #descriptor = -1;

  constructor(path: string) {
    this.#root = Buffer.from(path);
  }

  #path(name: Buffer): Buffer {
    const directory = this.#directories.at(-1);
    return directory === undefined ? this.#root : joinBytes(directory, name);
  }

  startDirectory(name: Buffer): void {
    const path = this.#path(name);
    mkdirSync(path);
    this.#directories.push(path);
  }

  endDirectory(): void {
    this.#directories.pop();
  }

  startFile(name: Buffer, _size: number, executable: boolean): void {
    this.#descriptor = openSync(this.#path(name), "wx", executable ? 0o755 : 0o644);
  }

  fileData(chunk: Uint8Array): void {
    writeSync(this.#descriptor, chunk);
  }

  endFile(): void {
    closeSync(this.#descriptor);
  }

  symlink(name: Buffer, target: Buffer): void {
    symlinkSync(target, this.#path(name));
  }
}
