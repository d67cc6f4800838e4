import type { Bytes } from "../compression/to-stream.ts";
import { acceptedEncoding, type EncodingOptions, fetchDecodes } from "./encoding.ts";
import { connectionError, HttpError } from "./http-error.ts";

/** The longest body of an error page or redirect, in bytes, that is read so that its connection can be used again. */
const maximumDiscarded = 65_536;

/** One request and its answer, ended by the caller's signal, a time limit, or leaving its body early. */
export class Exchange {
  readonly #url: URL;
  readonly #options: EncodingOptions;
  readonly #signal: AbortSignal;
  readonly #controller = new AbortController();
  #complete = false;

  constructor(url: URL, options: EncodingOptions & { readonly signal: AbortSignal }) {
    this.#url = url;
    this.#options = options;
    this.#signal = options.signal;
  }

  /** @param limit Seconds until the headers must have come. */
  start(limit: number): Promise<Response> {
    const problem = `did not answer within ${limit} s`;
    return this.#limited(limit, problem, () =>
      fetch(this.#url.href, {
        redirect: "manual",
        signal: AbortSignal.any([this.#signal, this.#controller.signal]),
        headers: { "accept-encoding": acceptedEncoding(this.#options) },
        decompress: fetchDecodes(this.#options),
      }),
    );
  }

  /** @param limit Seconds until the whole body must have come. */
  async text(response: Response, limit: number): Promise<string> {
    const problem = `sent nothing for ${limit} s`;
    const bytes = await this.#limited(limit, problem, () => response.arrayBuffer());
    this.#complete = true;
    return Buffer.from(bytes).toString("utf8");
  }

  /** @param limit Seconds that may pass without a byte while one is waited for. */
  async *body(response: Response, limit: number): AsyncGenerator<Bytes, void> {
    if (response.body === null) return;
    const reader = response.body.getReader();
    const problem = `sent nothing for ${limit} s`;
    try {
      for (;;) {
        const { done, value } = await this.#limited(limit, problem, () => reader.read());
        this.#complete = done;
        if (done) return;
        yield value;
      }
    } finally {
      this.close();
    }
  }

  /** Ends the connection unless the body has been read to its end. */
  close(): void {
    if (!this.#complete) this.#controller.abort();
  }

  /** Reads a body nobody wants; whatever is wrong with it does not matter. */
  async discard(response: Response, limit: number): Promise<void> {
    let length = 0;
    try {
      for await (const chunk of this.body(response, limit)) {
        length += chunk.length;
        if (length > maximumDiscarded) break;
      }
    } catch {
      this.#signal.throwIfAborted();
    }
  }

  async #limited<T>(limit: number, problem: string, wait: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const timer = setTimeout(() => {
      this.#controller.abort(new HttpError(this.#url.href, problem, { transient: true }));
    }, limit * 1000);
    try {
      return await wait();
    } catch (error) {
      this.#signal.throwIfAborted();
      const { reason } = this.#controller.signal;
      throw reason instanceof HttpError ? reason : connectionError(this.#url.href, error);
    } finally {
      clearTimeout(timer);
    }
  }
}
