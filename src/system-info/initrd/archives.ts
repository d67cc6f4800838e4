import type { InputQueue } from "../../compression/input-queue.ts";
import { type Decoding, QueuedDecoder } from "../../compression/queued-decoder.ts";
import { formatSize } from "../../values/size.ts";
import { decoderFor, magicLength } from "./compression.ts";
import { type CpioSink, readCpio } from "./cpio.ts";

/** What a compressed part may unpack to, in bytes: it has to fit into memory at boot, and into patience here. */
const defaultLimit = 2 * 1024 ** 3;

/**
 * Reads the archives of an initrd, as Linux does: any number of cpio archives, zeros between them, then one part that is
 * compressed and holds archives itself (Linux's `init/initramfs.c`). CPU microcode comes in an archive before that part.
 *
 * A decoder that it runs uses the memory of all decoders of the thread: {@link write} must not be given a piece of another
 * decoder that has more to be read.
 */
export class InitrdArchives {
  readonly #outer: QueuedDecoder;
  readonly #inner: QueuedDecoder;
  readonly #limit: number;
  #unpacked = 0;

  /** @param limit Bytes that the compressed part may unpack to. */
  constructor(sink: CpioSink, limit = defaultLimit) {
    this.#limit = limit;
    this.#outer = new QueuedDecoder("cpio", (input) => readArchives(input, sink, decodeRest));
    this.#inner = new QueuedDecoder("cpio", (input) => readArchives(input, sink, refuseRest));
  }

  /** Takes the next bytes. @throws Error in words to follow a colon, after which nothing more may be written. */
  write(chunk: Uint8Array): void {
    // What comes of a compressed part lies in memory that the chunk may be a part of.
    for (const piece of this.#outer.decode(chunk.slice())) this.#unpack(piece);
  }

  /** The initrd has ended. @throws Error as {@link write}, also if it is cut off. */
  end(): void {
    for (const piece of this.#outer.finish()) this.#unpack(piece);
    exhaust(this.#inner.finish());
  }

  /** Frees what it holds, also after an error. */
  close(): void {
    this.#outer.close();
    this.#inner.close();
  }

  #unpack(piece: Uint8Array): void {
    this.#unpacked += piece.length;
    if (this.#unpacked > this.#limit) {
      throw new Error(`it unpacks to more than ${formatSize(this.#limit)}`);
    }
    exhaust(this.#inner.decode(piece));
  }
}

/** Has a coroutine that gives nothing do its work. */
function exhaust(steps: Iterable<Uint8Array>): void {
  for (const piece of steps) {
    if (piece.length > 0) throw new Error("a cpio archive that is compressed twice");
  }
}

function* readArchives(
  input: InputQueue,
  sink: CpioSink,
  readOther: (input: InputQueue) => Decoding,
): Decoding {
  /** Where in the file, or in what was unpacked, the next byte lies. */
  let position = 0;
  for (;;) {
    yield 1;
    if (input.length === 0) return;
    const first = input.peek()[0];
    if (first === 0) {
      position += input.take(zeros(input.peek())).length;
    } else if (first === 0x30 && position % 4 === 0) {
      position += yield* readCpio(input, sink);
    } else {
      yield* readOther(input);
    }
  }
}

/** How many zeros come first. */
function zeros(bytes: Uint8Array): number {
  let count = 0;
  while (bytes[count] === 0) count += 1;
  return count;
}

/** Everything up to the end, unpacked. */
function* decodeRest(input: InputQueue): Decoding {
  yield magicLength;
  const decoder = decoderFor(input.peek().subarray(0, magicLength));
  try {
    while (input.length > 0) {
      const chunk = input.take(input.length);
      // What comes of it needs no more input.
      yield 0;
      yield* decoder.decode(chunk);
      yield 1;
    }
    yield* decoder.finish();
  } finally {
    decoder.close();
  }
}

function refuseRest(): never {
  throw new Error("what is unpacked of it is no cpio archive");
}
