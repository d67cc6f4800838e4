import { decompress } from "../compression/decompress.ts";
import type { Bytes } from "../compression/to-stream.ts";
import { errorMessage, InstallerError } from "../errors.ts";
import type { HttpAnswer } from "../http/http-client.ts";
import { HttpError } from "../http/http-error.ts";
import { equalHashes, formatHash, type Hash, parseHash } from "../nix/hash.ts";
import { NarParser } from "../nix/nar.ts";
import type { NarSink } from "../nix/nar-sink.ts";
import { type ClosurePath, maximumFileSize } from "./closure.ts";

/** A hash is computed over pieces of this many bytes: several times as fast as over large ones. */
const hashPiece = 65_536;

/**
 * Takes the compressed NAR of a path as it arrives, and checks that it is the one that was promised: its size and
 * hash, and those of the NAR in it. It never reads more than was promised, and tells a body that was cut off (worth
 * another attempt) from one that is wrong.
 */
export class NarTransfer {
  readonly #path: ClosurePath;
  readonly #answer: HttpAnswer;
  readonly #onBytes: (received: number) => void;
  /** Absent where the file is the NAR, so that its hash would be the NAR's, computed twice. */
  readonly #fileHasher: Bun.CryptoHasher | undefined;
  #received = 0;
  #ended = false;
  #sourceError: unknown;

  /** @param onBytes Is told the bytes received so far. */
  constructor(path: ClosurePath, answer: HttpAnswer, onBytes: (received: number) => void) {
    this.#path = path;
    this.#answer = answer;
    this.#onBytes = onBytes;
    const { compression, fileHash, narHash } = path;
    const needed = fileHash !== undefined && !(compression === "none" && fileHash === narHash);
    this.#fileHasher = needed ? new Bun.CryptoHasher(parseHash(fileHash).algorithm) : undefined;
  }

  /**
   * The compressed bytes, counted, hashed and checked against the promised size and hash.
   *
   * @throws {HttpError} if the connection breaks off or the body is too short; {@link InstallerError} with reason
   * `integrity` if it is another one.
   */
  async *compressed(): AsyncGenerator<Bytes, void> {
    try {
      this.#checkHeaders();
      const limit = this.#path.fileSize ?? maximumFileSize(this.#path.narSize);
      for await (const chunk of this.#answer.body) {
        this.#received += chunk.length;
        if (this.#received > limit) {
          throw this.#wrong(`is longer than the ${limit} bytes it may have`);
        }
        if (this.#fileHasher !== undefined) update(this.#fileHasher, chunk);
        this.#onBytes(this.#received);
        yield chunk;
      }
      this.#ended = true;
      this.#checkFile();
    } catch (error) {
      this.#sourceError = error;
      throw error;
    }
  }

  /**
   * Undoes the compression and hands the tree to a sink.
   *
   * @param source What {@link compressed} gave, as it comes or from memory.
   * @throws as {@link compressed}; further what the sink throws.
   */
  async unpack(source: AsyncGenerator<Bytes, void>, sink: NarSink): Promise<void> {
    const { narSize, compression } = this.#path;
    const parser = new NarParser(sink);
    const hasher = new Bun.CryptoHasher("sha256");
    let length = 0;
    try {
      for await (const chunk of decompress(compression, source)) {
        length += chunk.length;
        if (length > narSize) throw this.#wrong(`holds more than the ${narSize} bytes it should`);
        update(hasher, chunk);
        parser.write(chunk);
      }
      // A decoder may stop where its format ends; whatever else there is belongs to the file's size and hash.
      for await (const _ of source);
      parser.end();
    } catch (error) {
      throw this.#explained(error, length);
    }
    if (length !== narSize) throw this.#wrong(`holds ${length} bytes instead of ${narSize}`);
    this.#checkHash("NAR", hasher, this.#path.narHash);
  }

  #checkHeaders(): void {
    const { contentLength } = this.#answer;
    const { fileSize } = this.#path;
    if (contentLength !== undefined && fileSize !== undefined && contentLength !== fileSize) {
      throw this.#wrong(`has ${contentLength} bytes, its narinfo says ${fileSize}`);
    }
  }

  #checkFile(): void {
    const { fileSize, fileHash } = this.#path;
    if (fileSize !== undefined && this.#received < fileSize) throw this.#truncated();
    if (fileHash !== undefined && this.#fileHasher !== undefined) {
      this.#checkHash("file", this.#fileHasher, fileHash);
    }
  }

  #checkHash(what: "file" | "NAR", hasher: Bun.CryptoHasher, promised: string): void {
    const expected = parseHash(promised);
    const { algorithm } = expected;
    const actual: Hash = { algorithm, bytes: new Uint8Array(hasher.digest()) };
    if (equalHashes(actual, expected)) return;
    throw this.#wrong(`has the ${what} hash ${formatHash(actual)}, its narinfo says ${promised}`);
  }

  /** What was really wrong when a decoder, the parser or the sink gave up. */
  #explained(error: unknown, length: number): unknown {
    if (this.#sourceError !== undefined) return this.#sourceError;
    const cutOff = this.#ended && this.#path.fileSize === undefined && length < this.#path.narSize;
    if (cutOff) return this.#truncated();
    if (error instanceof InstallerError && error.reason !== "integrity") return error;
    if (error instanceof Error && "code" in error && "syscall" in error) return error;
    return this.#wrong(`is no NAR: ${errorMessage(error)}`, error);
  }

  #truncated(): HttpError {
    const { fileSize } = this.#path;
    const promised = fileSize === undefined ? "" : ` of ${fileSize}`;
    const problem = `ended after ${this.#received}${promised} bytes`;
    return new HttpError(this.#answer.url, problem, { transient: true });
  }

  #wrong(problem: string, cause?: unknown): InstallerError {
    const { url, contentType } = this.#answer;
    const page = contentType.startsWith("text/html") ? " (the server says it is a web page)" : "";
    return new InstallerError("integrity", `${url} ${problem}${page}`, {
      object: this.#path.storePath,
      cause,
    });
  }
}

function update(hasher: Bun.CryptoHasher, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; at += hashPiece) {
    hasher.update(chunk.subarray(at, at + hashPiece));
  }
}
