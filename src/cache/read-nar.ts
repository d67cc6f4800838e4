import type { Bytes } from "../compression/to-stream.ts";
import type { HttpAnswer } from "../http/http-client.ts";
import { FileHashSink } from "../nix/file-hash-sink.ts";
import { parseHash } from "../nix/hash.ts";
import type { NarSink } from "../nix/nar-sink.ts";
import { type AnyCacheContext, fromAnyCache } from "./any-cache.ts";
import type { ClosurePath } from "./closure.ts";
import type { KeptFiles } from "./kept-files.ts";
import { NarFile, type RequestCounts } from "./nar-file.ts";
import { Stopwatch } from "./stopwatch.ts";

/** What was fetched so far. */
export interface ReadCounts extends RequestCounts {
  /** Compressed bytes received. */
  bytes: number;
}

/** What {@link readNar} needs. */
export interface ReadNarContext extends AnyCacheContext {
  readonly counts: ReadCounts;
  /** Where the files of NARs are kept that were read to their ends. */
  readonly kept: KeptFiles;
}

/**
 * Hands the NAR of a path to a sink as it arrives from one of the caches, and checks size and hash at its end. What the
 * sink throws ends the transfer at once and comes through.
 *
 * @param makeSink Called for each attempt.
 * @throws {InstallerError} as `fromAnyCache`.
 */
export async function readNar(
  path: ClosurePath,
  makeSink: () => NarSink,
  context: ReadNarContext,
): Promise<void> {
  using files = new DisposableStack();
  await fromAnyCache(path, context, (source, attempt) => {
    const file = files.use(
      new NarFile(source, { ...context, ...attempt, onBreak: context.onRetry }),
    );
    return () => readOnce(source, makeSink(), file, context);
  });
}

async function readOnce(
  path: ClosurePath,
  inner: NarSink,
  file: NarFile,
  context: ReadNarContext,
): Promise<void> {
  const { counts, kept } = context;
  const pieces: Bytes[] | undefined = kept.hasRoomFor(path) ? [] : undefined;
  const watched = new WatchedSink(inner);
  const { contentHash } = path;
  const sink =
    contentHash === undefined ? watched : new FileHashSink(watched, parseHash(contentHash));
  let received = 0;
  const onBytes = (bytes: number) => {
    counts.bytes += bytes - received;
    received = bytes;
  };
  try {
    await file.transfer((answer) => ({
      ...(pieces === undefined ? {} : { answer: withCopy(answer, pieces) }),
      sink,
      onBytes,
      stopwatch: new Stopwatch(),
      sinkDecodes: true,
    }));
    if (pieces !== undefined && kept.hasRoomFor(path)) kept.keep(path, pieces);
  } catch (error) {
    if (watched.failure !== undefined) throw watched.failure.error;
    throw error;
  }
}

/** An answer whose body is kept as it is read. */
function withCopy(answer: HttpAnswer, pieces: Bytes[]): HttpAnswer {
  async function* body(): AsyncGenerator<Bytes, void> {
    for await (const piece of answer.body) {
      // In memory of its own, which can be handed to another thread.
      pieces.push(new Uint8Array(piece));
      yield piece;
    }
  }
  return { ...answer, body: body() };
}

/** Remembers what its sink has thrown, to tell it from what is wrong with the NAR. */
class WatchedSink implements NarSink {
  readonly #inner: NarSink;
  failure: { readonly error: unknown } | undefined;

  constructor(inner: NarSink) {
    this.#inner = inner;
  }

  startDirectory(name: Buffer): void {
    this.#watch(() => this.#inner.startDirectory(name));
  }

  endDirectory(): void {
    this.#watch(() => this.#inner.endDirectory());
  }

  startFile(name: Buffer, size: number, executable: boolean): void {
    this.#watch(() => this.#inner.startFile(name, size, executable));
  }

  fileData(chunk: Uint8Array): void {
    this.#watch(() => this.#inner.fileData(chunk));
  }

  endFile(): void {
    this.#watch(() => this.#inner.endFile());
  }

  symlink(name: Buffer, target: Buffer): void {
    this.#watch(() => this.#inner.symlink(name, target));
  }

  #watch(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
