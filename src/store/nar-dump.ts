import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from "node:fs";
import { InstallerError } from "../errors.ts";
import type { Hash } from "../nix/hash.ts";
import type { NarSink } from "../nix/nar-sink.ts";
import { NarWriter } from "../nix/nar-writer.ts";

/** Bytes that are read at once: SHA-256 is faster on what is still in the processor's cache. */
const chunkLength = 64 * 1024;

const slash = Buffer.from("/");
const noName = Buffer.alloc(0);

/** Is told of everything in a tree before it is read: its whole path, and what lstat(2) says of it. */
export type NodeObserver = (path: Buffer, stat: Stats) => void;

/**
 * Tells a sink what the file system has at a path, as Nix dumps it: of the modes only whether the owner may execute
 * it, no owners and no times (`src/libutil/archive.cc`). A symbolic link is not followed, the path itself included.
 *
 * Works without a break until it is done: for more than a few paths use a worker.
 *
 * @throws {InstallerError} if there is anything but files, directories and symbolic links, or a file becomes shorter
 * while it is read; and the file system's errors.
 */
export function dumpTree(path: string | Buffer, sink: NarSink, observe?: NodeObserver): void {
  const buffer = Buffer.allocUnsafeSlow(chunkLength);
  dumpNode(Buffer.from(path), noName, { sink, buffer, observe });
}

/**
 * The NAR hash of a path, as `nix-store --query --hash` and narinfos have it, and the NAR's size in bytes.
 *
 * Works without a break until it is done: for more than a few paths use a worker. Throws as {@link dumpTree}.
 */
export function hashTree(path: string | Buffer): { narHash: Hash; narSize: number } {
  const hasher = new Bun.CryptoHasher("sha256");
  const writer = new NarWriter((chunk) => hasher.update(chunk));
  dumpTree(path, writer);
  const narSize = writer.end();
  return { narHash: { algorithm: "sha256", bytes: new Uint8Array(hasher.digest()) }, narSize };
}

/** What a dump works with. */
interface Dump {
  readonly sink: NarSink;
  readonly buffer: Buffer;
  readonly observe: NodeObserver | undefined;
}

function dumpNode(path: Buffer, name: Buffer, dump: Dump): void {
  const { sink, observe } = dump;
  const stat = lstatSync(path);
  observe?.(path, stat);
  if (stat.isDirectory()) {
    sink.startDirectory(name);
    const entries = readdirSync(path, { encoding: "buffer" });
    for (const entry of entries.toSorted((one, other) => Buffer.compare(one, other))) {
      dumpNode(Buffer.concat([path, slash, entry]), entry, dump);
    }
    sink.endDirectory();
  } else if (stat.isFile()) {
    dumpFile(path, name, dump);
  } else if (stat.isSymbolicLink()) {
    sink.symlink(name, readlinkSync(path, { encoding: "buffer" }));
  } else {
    throw unsuitable(path, "is neither a file, a directory nor a symbolic link");
  }
}

function dumpFile(path: Buffer, name: Buffer, { sink, buffer }: Dump): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size, mode } = fstatSync(descriptor);
    sink.startFile(name, size, (mode & constants.S_IXUSR) !== 0);
    for (let left = size; left > 0; ) {
      const length = readSync(descriptor, buffer, 0, Math.min(left, chunkLength), null);
      if (length === 0) throw unsuitable(path, "became shorter while it was read");
      sink.fileData(buffer.subarray(0, length));
      left -= length;
    }
    sink.endFile();
  } finally {
    closeSync(descriptor);
  }
}

function unsuitable(path: Buffer, what: string): InstallerError {
  return new InstallerError("integrity", `${path.toString()} ${what}`, { object: path.toString() });
}
