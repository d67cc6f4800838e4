import type { InputQueue } from "../../compression/input-queue.ts";

/** What an entry of a cpio archive is, as far as anybody here asks. */
export interface CpioEntry {
  /** Relative, without `./` at the beginning: `etc/crypttab`; `.` for the root. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "other";
  /** Bytes of its contents. */
  readonly size: number;
}

/** Who is told what an archive holds, in its order. */
export interface CpioSink {
  /** Whether {@link content} shall be called for the entry; what is not wanted is skipped, however large it is. */
  readonly wants: (entry: CpioEntry) => boolean;
  /** All bytes of an entry that was wanted, or the target of a symbolic link; valid during the call only. */
  readonly content: (entry: CpioEntry, bytes: Uint8Array) => void;
}

/** A coroutine that yields how many bytes it needs before it goes on, and goes on when they are there or nothing more comes. */
type Reading<Result> = Generator<number, Result>;

const headerLength = 110;

/** The longest name and the longest target of a link that Linux takes: its `PATH_MAX`, with a final NUL. */
const longestPath = 4096;

const typeMask = 0o170000;
const types: ReadonlyMap<number, CpioEntry["type"]> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
]);

/** What names the end of an archive. */
const trailer = "TRAILER!!!";

/** The fields of a header that matter. */
interface Header {
  readonly mode: number;
  readonly size: number;
  readonly nameLength: number;
}

function readHeader(bytes: Uint8Array): Header {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const magic = text.slice(0, 6);
  if (magic !== "070701" && magic !== "070702") {
    throw new Error("it has no cpio header where there should be one");
  }
  const field = (index: number): number => {
    const digits = text.slice(6 + index * 8, 14 + index * 8);
    if (!/^[0-9a-fA-F]{8}$/.test(digits)) throw new Error("a cpio header of it is damaged");
    return Number.parseInt(digits, 16);
  };
  return { mode: field(1), size: field(6), nameLength: field(11) };
}

/** The name of an entry as a path below the root. @throws Error for a name that leads out of it. */
function pathOf(bytes: Uint8Array): string {
  const end = bytes.length - 1;
  if (bytes[end] !== 0 || bytes.indexOf(0) !== end) throw new Error("a name in it is damaged");
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, end).toString("utf8");
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes(".."))
    throw new Error(`a name in it leads out of it: ${JSON.stringify(name)}`);
  return parts.length === 0 ? "." : parts.join("/");
}

/** How many bytes follow so that what comes next begins at a multiple of four. */
function padding(length: number): number {
  return -length & 3;
}

function* skip(input: InputQueue, length: number): Reading<void> {
  let rest = length;
  while (rest > 0) {
    yield 1;
    rest -= input.take(Math.min(rest, Math.max(input.length, 1))).length;
  }
}

function* readContent(input: InputQueue, entry: CpioEntry, sink: CpioSink): Reading<void> {
  if (entry.type === "symlink" && entry.size > longestPath) {
    throw new Error(`a symbolic link in it is longer than ${longestPath} bytes: ${entry.path}`);
  }
  if (sink.wants(entry)) {
    yield entry.size;
    sink.content(entry, input.take(entry.size));
  } else {
    yield* skip(input, entry.size);
  }
}

/**
 * Reads one archive of cpio in the format "newc", with or without checksums, up to its trailer and no further
 * (Linux's `Documentation/driver-api/early-userspace/buffer-format.rst`, `init/initramfs.c`).
 *
 * @returns bytes that were read.
 * @throws Error for what is damaged, cut off or leads out of the archive, in words to follow a colon.
 */
export function* readCpio(input: InputQueue, sink: CpioSink): Reading<number> {
  let position = 0;
  for (;;) {
    yield headerLength;
    const { mode, size, nameLength } = readHeader(input.take(headerLength));
    if (nameLength === 0 || nameLength > longestPath) {
      throw new Error(`a name in it has ${nameLength} bytes, but at most ${longestPath} are taken`);
    }
    yield nameLength;
    const path = pathOf(input.take(nameLength));
    const headed = headerLength + nameLength;
    position += headed;
    if (path === trailer) return position;
    yield* skip(input, padding(headed));
    const entry: CpioEntry = { path, type: types.get(mode & typeMask) ?? "other", size };
    yield* readContent(input, entry, sink);
    yield* skip(input, padding(size));
    position += padding(headed) + size + padding(size);
  }
}
