import type { Bytes } from "../compression/to-stream.ts";
import { acceptedEncoding, type EncodingOptions } from "./encoding.ts";
import { connectionError, HttpError } from "./http-error.ts";
import { proxyFor } from "./proxy.ts";
import type { HttpSettings } from "./retry.ts";
import { authorizationFor, tlsFor } from "./server-access.ts";

/** The longest body of an error page or redirect, in bytes, that is read so that its connection can be used again. */
const maximumDiscarded = 65_536;

/** What a request has besides its address. */
export interface ExchangeOptions extends EncodingOptions {
  readonly signal: AbortSignal;
  readonly settings: HttpSettings;
  /** Further headers, their names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request and its answer, ended by the caller's signal, a time limit, or leaving its body early. */
export class Exchange {
  readonly #url: URL;
  readonly #options: ExchangeOptions;
  readonly #signal: AbortSignal;
  readonly #controller = new AbortController();
  #complete = false;

  constructor(url: URL, options: ExchangeOptions) {
    this.#url = url;
    this.#options = options;
    this.#signal = options.signal;
  }

  /** @param limit Seconds until the headers must have come. */
  start(limit: number): Promise<Response> {
    const problem = `did not answer within ${limit} s`;
    const { settings, headers, signal } = this.#options;
    const authorization = authorizationFor(this.#url, settings.access);
    // As a header, so that neither Bun's messages nor what it does with redirects can show it.
    const address = new URL(this.#url);
    address.username = "";
    address.password = "";
    return this.#limited(limit, problem, () =>
      fetch(address.href, {
        redirect: "manual",
        signal: AbortSignal.any([signal, this.#controller.signal]),
        headers: {
          ...headers,
          ...(authorization === undefined ? {} : { authorization }),
          "accept-encoding": acceptedEncoding(this.#options),
        },
        // What a server makes of a few bytes is decoded here, piece by piece, and only as far as it is wanted.
        decompress: false,
        tls: tlsFor(address, settings.access),
      }),
    );
  }

  /** The whole of a short body, which must have come within the time of a stall. */
  async text(response: Response): Promise<string> {
    const limit = this.#options.settings.stallTimeout;
    const problem = `did not send all of it within ${limit} s`;
    const bytes = await this.#limited(limit, problem, () => response.arrayBuffer());
    this.#complete = true;
    return Buffer.from(bytes).toString("utf8");
  }

  /**
   * The body as it arrives. It must not stop for the time of a stall, nor fall below the least rate: then it throws a
   * {@link HttpError}.
   */
  async *body(response: Response): AsyncGenerator<Bytes, void> {
    if (response.body === null) return;
    const { stallTimeout: limit, minimumRate } = this.#options.settings;
    const reader = response.body.getReader();
    const problem = `sent nothing for ${limit} s`;
    let waited = 0;
    let received = 0;
    try {
      for (;;) {
        const started = performance.now();
        const { done, value } = await this.#limited(limit, problem, () => reader.read());
        this.#complete = done;
        if (done) return;
        // Only what the server takes counts, not what is done with what it sent.
        waited += (performance.now() - started) / 1000;
        received += value.length;
        if (waited >= limit) {
          if (received < minimumRate * waited) throw this.#tooSlow(received, waited);
          waited = 0;
          received = 0;
        }
        yield value;
      }
    } finally {
      this.close();
    }
  }

  /** A body that must have come whole within a time, in seconds. */
  async *within(limit: number, body: AsyncGenerator<Bytes, void>): AsyncGenerator<Bytes, void> {
    const problem = `did not send all of it within ${limit} s`;
    const late = new HttpError(this.#url.href, problem, { transient: true });
    const timer = setTimeout(() => this.#controller.abort(late), limit * 1000);
    try {
      yield* body;
    } finally {
      clearTimeout(timer);
    }
  }

  #tooSlow(received: number, waited: number): HttpError {
    const problem = `sent only ${received} bytes in ${waited.toFixed(0)} s`;
    return new HttpError(this.#url.href, problem, { transient: true });
  }

  /** Ends the connection unless the body has been read to its end. */
  close(): void {
    if (!this.#complete) this.#controller.abort();
  }

  /** Reads a body nobody wants; whatever is wrong with it does not matter. */
  async discard(response: Response): Promise<void> {
    const limit = this.#options.settings.connectTimeout;
    const timer = setTimeout(() => this.close(), limit * 1000);
    let length = 0;
    try {
      for await (const chunk of this.body(response)) {
        length += chunk.length;
        if (length > maximumDiscarded) break;
      }
    } catch {
      this.#signal.throwIfAborted();
    } finally {
      clearTimeout(timer);
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
      if (reason instanceof HttpError) throw reason;
      throw connectionError(this.#url.href, error, proxyFor(this.#url, process.env));
    } finally {
      clearTimeout(timer);
    }
  }
}
