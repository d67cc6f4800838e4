import { FormatError } from "./format-error.ts";
import { equalHashes, formatHash, type Hash } from "./hash.ts";
import type { NarSink } from "./nar-sink.ts";

/**
 * Passes a tree on and checks that it is one file, not executable, whose contents have a given hash: what a
 * content-addressed path of the methods `text` and `flat` is taken on trust for.
 */
export class FileHashSink implements NarSink {
  readonly #inner: NarSink;
  readonly #expected: Hash;
  readonly #hasher: Bun.CryptoHasher;

  constructor(inner: NarSink, expected: Hash) {
    this.#inner = inner;
    this.#expected = expected;
    this.#hasher = new Bun.CryptoHasher(expected.algorithm);
  }

  /** @throws {FormatError} always. */
  startDirectory(): void {
    throw new FormatError("the content address is that of a file, but the NAR is a directory");
  }

  endDirectory(): void {
    this.startDirectory();
  }

  /** @throws {FormatError} if the file is executable. */
  startFile(name: Buffer, size: number, executable: boolean): void {
    if (executable) {
      throw new FormatError("the content address is that of a plain file, but it is executable");
    }
    this.#inner.startFile(name, size, executable);
  }

  fileData(chunk: Uint8Array): void {
    this.#hasher.update(chunk);
    this.#inner.fileData(chunk);
  }

  /** @throws {FormatError} if the contents have another hash. */
  endFile(): void {
    this.#inner.endFile();
    const { algorithm } = this.#expected;
    const actual: Hash = { algorithm, bytes: new Uint8Array(this.#hasher.digest()) };
    if (equalHashes(actual, this.#expected)) return;
    throw new FormatError(
      `the contents have the hash ${formatHash(actual)}, the content address is ${formatHash(this.#expected)}`,
    );
  }

  /** @throws {FormatError} always. */
  symlink(): void {
    throw new FormatError("the content address is that of a file, but the NAR is a symbolic link");
  }
}
