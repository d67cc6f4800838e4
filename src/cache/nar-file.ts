import { InstallerError } from "../errors.ts";
import type { HttpAnswer } from "../http/http-client.ts";
import { ResumableFile } from "../http/resume.ts";
import type { RetryListener } from "../http/retry.ts";
import type { CacheClient } from "./cache-client.ts";
import type { ClosurePath } from "./closure.ts";
import { NarTransfer, type TransferOptions } from "./nar-transfer.ts";

/** What was asked for, and how often. */
export interface RequestCounts {
  /** Requests for NARs: further attempts, and those that go on in the middle, included. */
  requests: number;
  /** Those of them that went on in the middle, after the connection broke. */
  resumed: number;
  /** Bytes that were received and thrown away, since the NAR had to be fetched anew from its beginning. */
  repeated: number;
}

/** What a {@link NarFile} needs. */
export interface NarFileContext {
  readonly client: CacheClient;
  readonly signal: AbortSignal;
  /** Is told of failures. */
  readonly onRetry: RetryListener;
  /** Is told of connections that broke after they had brought something: that is no failure of the cache. */
  readonly onBreak: RetryListener;
  readonly counts: RequestCounts;
}

/** What takes a NAR in; and the answer, where it is another than the cache's by then. */
type NarReception = Omit<TransferOptions, "path" | "answer"> & { readonly answer?: HttpAnswer };

/** The file of a NAR in one cache, for as many attempts as it takes; each goes on in the middle where the cache can. */
export class NarFile implements Disposable {
  readonly #path: ClosurePath;
  readonly #counts: RequestCounts;
  readonly #file: ResumableFile;

  constructor(path: ClosurePath, context: NarFileContext) {
    const { client, signal, onRetry, onBreak, counts } = context;
    this.#path = path;
    this.#counts = counts;
    this.#file = new ResumableFile(client, path.narUrl, {
      signal,
      onRetry: (error, pause, count) => (count === 1 ? onBreak : onRetry)(error, pause, count),
      compression: path.compression,
      isHashed: true,
      onResume: () => {
        counts.requests++;
        counts.resumed++;
      },
    });
  }

  /**
   * Gets it once: hands the tree in it to a sink, and compares sizes and hashes.
   *
   * @param begin Called once the cache has answered; gives the sink, and may change the answer.
   * @throws as {@link NarTransfer.run} and {@link ResumableFile.open}.
   */
  async transfer(begin: (answer: HttpAnswer) => NarReception): Promise<void> {
    this.#counts.requests++;
    const answer = await this.#file.open();
    let received = 0;
    try {
      const options = begin(answer);
      const onBytes = (bytes: number) => {
        received = bytes;
        options.onBytes(bytes);
      };
      await new NarTransfer({ answer, ...options, path: this.#path, onBytes }).run();
    } catch (error) {
      this.#counts.repeated += received;
      throw this.#explained(error);
    } finally {
      answer.close();
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  /** Pieces that do not fit together say nothing of the file as the cache has it now. */
  #explained(error: unknown): unknown {
    const isWrong = error instanceof InstallerError && error.reason === "integrity";
    if (!isWrong || this.#file.resumed === 0) return error;
    return this.#file.beginAnew(`did not go on where it broke off: ${error.message}`, error);
  }
}
