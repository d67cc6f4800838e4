import type { Bytes } from "../../compression/to-stream.ts";
import { magicLength } from "./compression.ts";

/** A tarball on its way in: counts and hashes the bytes as they are packed, wherever they are read from it. */
export class PackedStream {
  readonly #source: AsyncGenerator<Bytes, void>;
  readonly #signal: AbortSignal;
  /** Never resolves; rejects with the signal's reason. Standard input may never bring another byte. */
  readonly #aborted: Promise<never>;
  readonly #onProgress: (bytes: number) => void;
  readonly #hasher = new Bun.CryptoHasher("sha256");
  #bytes = 0;

  constructor(
    source: AsyncGenerator<Bytes, void>,
    signal: AbortSignal,
    onProgress: (bytes: number) => void,
  ) {
    this.#source = source;
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#aborted = new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
    this.#aborted.catch(() => undefined);
  }

  /**
   * The first bytes, at least {@link magicLength} of them if there are so many, and a generator of everything, these included.
   * A decoder that stops before the end leaves the rest to {@link drain}.
   */
  async begin(): Promise<{ start: Bytes; all: AsyncGenerator<Bytes, void> }> {
    const chunks: Bytes[] = [];
    let length = 0;
    while (length < magicLength) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      // The source may use its memory again.
      chunks.push(chunk.slice());
      length += chunk.length;
    }
    const start = Buffer.concat(chunks);
    return { start, all: this.#all(start) };
  }

  /** Reads what is left. */
  async drain(): Promise<void> {
    while ((await this.#next()) !== undefined);
  }

  /** The SHA-256 of everything read, as sha256sum(1) prints it. To be called once. */
  digest(): string {
    return this.#hasher.digest("hex");
  }

  /** Closes the source; after an abort without waiting for the bytes that it may be waiting for. */
  async close(): Promise<void> {
    const closed = this.#source.return();
    if (this.#signal.aborted) closed.catch(() => undefined);
    else await closed;
  }

  async *#all(start: Bytes): AsyncGenerator<Bytes, void> {
    if (start.length > 0) yield start;
    for (;;) {
      const chunk = await this.#next();
      if (chunk === undefined) return;
      yield chunk;
    }
  }

  async #next(): Promise<Bytes | undefined> {
    this.#signal.throwIfAborted();
    const { done, value } = await Promise.race([this.#source.next(), this.#aborted]);
    if (done === true) return undefined;
    this.#hasher.update(value);
    this.#bytes += value.length;
    this.#onProgress(this.#bytes);
    return value;
  }
}
