import { createDecompressor, type Decompressor } from "../compression/decompressor.ts";
import type { Bytes } from "../compression/to-stream.ts";
import { errorMessage, InstallerError } from "../errors.ts";
import type { HttpAnswer } from "../http/http-client.ts";
import { HttpError } from "../http/http-error.ts";
import { equalHashes, formatHash, type Hash, parseHash } from "../nix/hash.ts";
import { NarParser } from "../nix/nar.ts";
import type { NarSink } from "../nix/nar-sink.ts";
import { type ClosurePath, maximumFileSize } from "./closure.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** What a transfer is told. */
export interface TransferOptions {
  readonly path: ClosurePath;
  readonly answer: HttpAnswer;
  /** Gets the tree. */
  readonly sink: NarSink;
  readonly stopwatch: Stopwatch;
  /** Is told the bytes received so far. */
  readonly onBytes: (received: number) => void;
  /** Whether the sink runs decoders itself, which use the same memory to decode into. Default: `false`. */
  readonly sinkDecodes?: boolean;
}

/**
 * Takes the compressed NAR of a path as it arrives, hands the tree in it to a sink, and checks that it is the one that
 * was promised: its size and hash, and those of the NAR in it. It never reads more than was promised, and tells a body
 * that was cut off (worth another attempt) from one that is wrong.
 *
 * Each piece is unpacked, hashed and written before the next is looked at: while it is in the processor's cache, and
 * without a copy of its own. Nothing waits in memory, so that many transfers can be under way at once.
 */
export class NarTransfer {
  readonly #options: TransferOptions;
  readonly #decompressor: Decompressor;
  readonly #parser: NarParser;
  readonly #narHasher = new Bun.CryptoHasher("sha256");
  /** Absent where the file is the NAR, so that its hash would be the NAR's, computed twice. */
  readonly #fileHasher: Bun.CryptoHasher | undefined;
  /** Bytes of the file so far. */
  #received = 0;
  /** Bytes of the NAR so far. */
  #unpacked = 0;
  /** What this transfer itself has found to be wrong. */
  #fault: InstallerError | undefined;

  constructor(options: TransferOptions) {
    this.#options = options;
    const { compression, fileHash, narHash } = options.path;
    this.#decompressor = createDecompressor(compression);
    this.#parser = new NarParser(options.sink);
    const needed = fileHash !== undefined && !(compression === "none" && fileHash === narHash);
    this.#fileHasher = needed ? new Bun.CryptoHasher(parseHash(fileHash).algorithm) : undefined;
  }

  /**
   * Reads the answer to its end.
   *
   * @throws {HttpError} if the connection breaks off or the body is too short; {@link InstallerError} with reason
   * `integrity` if it is not what was promised; further what the sink throws.
   */
  async run(): Promise<void> {
    const { fileSize, fileHash, narHash, narSize } = this.#options.path;
    try {
      this.#checkHeaders();
      for await (const chunk of this.#options.answer.body) {
        this.#receive(chunk);
        release(chunk);
      }
      if (fileSize !== undefined && this.#received < fileSize) throw this.#truncated();
      this.#end();
    } finally {
      this.#decompressor.close();
    }
    if (fileHash !== undefined && this.#fileHasher !== undefined) {
      this.#checkHash("file", this.#fileHasher, fileHash);
    }
    if (this.#unpacked !== narSize) {
      throw this.#wrong(`holds ${this.#unpacked} bytes instead of ${narSize}`);
    }
    this.#checkHash("NAR", this.#narHasher, narHash);
  }

  #checkHeaders(): void {
    const { path, answer } = this.#options;
    const { contentLength } = answer;
    if (contentLength !== undefined && path.fileSize !== undefined) {
      if (contentLength === path.fileSize) return;
      throw this.#wrong(`has ${contentLength} bytes, its narinfo says ${path.fileSize}`);
    }
  }

  #receive(chunk: Uint8Array): void {
    const { path, onBytes, stopwatch } = this.#options;
    const limit = path.fileSize ?? maximumFileSize(path.narSize);
    this.#received += chunk.length;
    if (this.#received > limit) {
      throw this.#wrong(`is longer than the ${limit} bytes it may have`);
    }
    onBytes(this.#received);
    stopwatch.switchTo("hash");
    this.#fileHasher?.update(chunk);
    stopwatch.switchTo("decompress");
    try {
      this.#decompressor.write(chunk, this.#take);
    } catch (error) {
      throw this.#explained(error);
    } finally {
      stopwatch.switchTo("wait");
    }
  }

  #end(): void {
    const { path, stopwatch } = this.#options;
    stopwatch.switchTo("decompress");
    try {
      this.#decompressor.end(this.#take);
      this.#parser.end();
    } catch (error) {
      // Of a file of unknown size, that it was cut off shows only here.
      if (path.fileSize === undefined && this.#unpacked < path.narSize) throw this.#truncated();
      throw this.#explained(error);
    } finally {
      stopwatch.switchTo("wait");
    }
  }

  /** Takes the next piece of the NAR. */
  readonly #take = (piece: Uint8Array): void => {
    const { path, stopwatch } = this.#options;
    this.#unpacked += piece.length;
    if (this.#unpacked > path.narSize) {
      throw this.#wrong(`holds more than the ${path.narSize} bytes it should`);
    }
    stopwatch.switchTo("hash");
    this.#narHasher.update(piece);
    stopwatch.switchTo("write");
    this.#parser.write(this.#options.sinkDecodes === true ? piece.slice() : piece);
    stopwatch.switchTo("decompress");
  };

  #checkHash(what: "file" | "NAR", hasher: Bun.CryptoHasher, promised: string): void {
    const expected = parseHash(promised);
    const { algorithm } = expected;
    const actual: Hash = { algorithm, bytes: new Uint8Array(hasher.digest()) };
    if (equalHashes(actual, expected)) return;
    throw this.#wrong(`has the ${what} hash ${formatHash(actual)}, its narinfo says ${promised}`);
  }

  /** What was really wrong when a decoder, the parser or the sink gave up. */
  #explained(error: unknown): unknown {
    if (error instanceof InstallerError && error.reason !== "integrity") return error;
    if (error instanceof Error && "code" in error && "syscall" in error) return error;
    if (error === this.#fault) return error;
    return this.#wrong(`is no NAR: ${errorMessage(error)}`, error);
  }

  #truncated(): HttpError {
    const { path, answer } = this.#options;
    const promised = path.fileSize === undefined ? "" : ` of ${path.fileSize}`;
    const problem = `ended after ${this.#received}${promised} bytes`;
    return new HttpError(answer.url, problem, { transient: true });
  }

  #wrong(problem: string, cause?: unknown): InstallerError {
    const { path, answer } = this.#options;
    const isPage = answer.contentType.startsWith("text/html");
    const page = isPage ? " (the server says it is a web page)" : "";
    this.#fault = new InstallerError("integrity", `${answer.url} ${problem}${page}`, {
      object: path.storePath,
      cause,
    });
    return this.#fault;
  }
}

/**
 * Gives the memory of a chunk back at once. The garbage collector knows little of memory outside its heap, and would let
 * some 30 MB more of it pile up in each thread, or cost 0.6 s for 1.2 GB where it is called often enough.
 */
function release(chunk: Bytes): void {
  if (chunk.byteLength === chunk.buffer.byteLength) chunk.buffer.transfer(0);
}
