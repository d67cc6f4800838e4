import type { Bytes } from "../compression/to-stream.ts";
import { connectionError, HttpError, redactUrl, statusError } from "./http-error.ts";
import { type HttpSettings, type RetryListener, retry } from "./retry.ts";

/** Redirects followed in a row, as many as curl does for Nix. */
const maximumRedirects = 10;

/** The headers and the coming body of a successful answer. */
export interface HttpAnswer {
  /** The address as it was asked for, without user name and password. */
  readonly url: string;
  readonly contentType: string;
  /** Bytes of the body, if the server says so and the body is not encoded for transport. */
  readonly contentLength: number | undefined;
  /**
   * Whether the server says where the body ends, so that one that is cut off is an error. Otherwise it ends with the
   * connection (RFC 9112, 6.3), for whatever reason that is closed.
   */
  readonly delimited: boolean;
  /** The body in pieces as they arrive. Throws {@link HttpError}. */
  readonly body: AsyncGenerator<Bytes, void>;
  /** Ends the connection unless the body has been read to its end. */
  readonly close: () => void;
}

/** What a request may have besides its address. */
export interface RequestOptions {
  readonly signal: AbortSignal;
  /** What the body may be encoded with for transport. Default: nothing. */
  readonly acceptEncoding?: string;
  /** Whether a redirect from https to http is refused, for what no signature or hash protects. Default: `false`. */
  readonly staySecure?: boolean;
}

/**
 * GETs over HTTP and HTTPS with time limits of its own: `fetch` has none for a server that accepts a connection, or
 * not even that, and then says nothing. Redirects are followed here, so that they cannot lead away from HTTP.
 */
export class HttpClient {
  readonly settings: HttpSettings;
  /** Servers that have answered before: they get the longer time limit. */
  readonly #known = new Set<string>();

  constructor(settings: HttpSettings) {
    this.settings = settings;
  }

  /**
   * Asks once.
   *
   * @throws {HttpError} on anything but status 200; the signal's reason once it is aborted.
   */
  async open(url: string, options: RequestOptions): Promise<HttpAnswer> {
    let target = new URL(url);
    for (let redirects = 0; redirects <= maximumRedirects; redirects++) {
      const exchange = new Exchange(target, options.signal);
      // `fetch` does not tell when it is connected. So a server that has not answered yet gets the time for connecting
      // until its first answer, and one that has gets the time of a stall.
      const limit = this.#known.has(target.origin)
        ? this.settings.stallTimeout
        : this.settings.connectTimeout;
      const response = await exchange.start(options.acceptEncoding ?? "identity", limit);
      this.#known.add(target.origin);
      const location = response.headers.get("location");
      if (response.status !== 200) await exchange.discard(response, this.settings.connectTimeout);
      if (redirectStatus.has(response.status) && location !== null) {
        target = redirectTarget(target, location, options.staySecure ?? false);
        continue;
      }
      if (response.status !== 200) throw statusError(target.href, response);
      return {
        url: redactUrl(url),
        contentType: response.headers.get("content-type") ?? "",
        contentLength: contentLength(response.headers),
        delimited: isDelimited(response.headers),
        body: exchange.body(response, this.settings.stallTimeout),
        close: () => exchange.close(),
      };
    }
    throw new HttpError(url, `redirects more than ${maximumRedirects} times`, { transient: false });
  }

  /**
   * Gets a short text, in as many attempts as the settings allow.
   *
   * @param limit Bytes it may have.
   * @throws {HttpError}
   */
  getText(
    url: string,
    limit: number,
    options: RequestOptions & { readonly onRetry?: RetryListener },
  ): Promise<string> {
    const attempt = async () => {
      const answer = await this.open(url, { acceptEncoding: "gzip", ...options });
      const bytes = await collect(answer, limit);
      return bytes.toString("utf8");
    };
    return retry(attempt, this.settings, options.signal, options.onRetry);
  }
}

/**
 * A whole body.
 *
 * @param limit Bytes it may have.
 * @throws {HttpError}
 */
async function collect(answer: HttpAnswer, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.length;
    if (length > limit) {
      throw new HttpError(answer.url, `sends more than ${limit} bytes`, { transient: false });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

const redirectStatus = new Set([301, 302, 303, 307, 308]);

function redirectTarget(from: URL, location: string, staySecure: boolean): URL {
  const target = URL.parse(location, from.href);
  const refuse = (reason: string): never => {
    throw new HttpError(from.href, `redirects to ${redactUrl(location)}, ${reason}`, {
      transient: false,
    });
  };
  if (target?.protocol !== "http:" && target?.protocol !== "https:") {
    return refuse("which is not HTTP");
  }
  if (staySecure && from.protocol === "https:" && target.protocol === "http:") {
    return refuse("which is not encrypted");
  }
  return target;
}

function contentLength(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  const encoding = headers.get("content-encoding") ?? "identity";
  return length === null || encoding !== "identity" ? undefined : Number(length);
}

function isDelimited(headers: Headers): boolean {
  const chunked = /\bchunked\b/i.test(headers.get("transfer-encoding") ?? "");
  return chunked || headers.has("content-length");
}

/** The longest body of an error page or redirect, in bytes, that is read so that its connection can be used again. */
const maximumDiscarded = 65_536;

/** One request and its answer, ended by the caller's signal, a time limit, or leaving its body early. */
class Exchange {
  readonly #url: URL;
  readonly #signal: AbortSignal;
  readonly #controller = new AbortController();
  #complete = false;

  constructor(url: URL, signal: AbortSignal) {
    this.#url = url;
    this.#signal = signal;
  }

  /** @param limit Seconds until the headers must have come. */
  start(acceptEncoding: string, limit: number): Promise<Response> {
    const problem = `did not answer within ${limit} s`;
    return this.#limited(limit, problem, () =>
      fetch(this.#url.href, {
        redirect: "manual",
        signal: AbortSignal.any([this.#signal, this.#controller.signal]),
        headers: { "accept-encoding": acceptEncoding },
      }),
    );
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
    const stalled = new HttpError(this.#url.href, problem, { transient: true });
    const timer = setTimeout(() => this.#controller.abort(stalled), limit * 1000);
    try {
      return await wait();
    } catch (error) {
      this.#signal.throwIfAborted();
      if (this.#controller.signal.reason === stalled) throw stalled;
      throw connectionError(this.#url.href, error);
    } finally {
      clearTimeout(timer);
    }
  }
}
