import type { Bytes } from "../compression/to-stream.ts";
import { decoded, encodingError, transportEncoding, unknownEncoding } from "./encoding.ts";
import { Exchange } from "./exchange.ts";
import { HttpError, redactUrl, statusError } from "./http-error.ts";
import { parseContentRange, type RangeRequest, rangeHeaders, rangeValidator } from "./range.ts";
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
  /** Where in the file the body begins, in bytes: 0 unless a rest was asked for, and the server gives it. */
  readonly offset?: number;
  /** Bytes of the whole file, if a rest of it is given and the server says so. */
  readonly totalLength?: number | undefined;
  /** What asks for the rest of this version of the file, see {@link RangeRequest}; absent where the server names none. */
  readonly validator?: string | undefined;
  /** The body in pieces as they arrive, each in memory of its own. Throws {@link HttpError}. */
  readonly body: AsyncGenerator<Bytes, void>;
  /** Ends the connection unless the body has been read to its end. */
  readonly close: () => void;
}

/** What a request may have besides its address. */
export interface RequestOptions {
  readonly signal: AbortSignal;
  /**
   * What the body may be encoded with for transport (`Accept-Encoding`). Default: zstd if {@link compression} is `none`,
   * else nothing.
   */
  readonly acceptEncoding?: string;
  /**
   * How the file that is asked for is compressed by itself. Some servers call that an encoding for transport
   * (`Content-Encoding: zstd` for a `.nar.zst`); the body then is that of the file all the same.
   */
  readonly compression?: string;
  /** Whether a redirect from https to http is refused, for what no signature or hash protects. Default: `false`. */
  readonly staySecure?: boolean;
  /** Asks for the rest of the file; the answer's `offset` says whether that is what comes. Default: all of it. */
  readonly range?: RangeRequest;
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
   * @throws {HttpError} on anything but status 200, and 206 for a {@link RequestOptions.range}; the signal's reason once it is aborted.
   */
  async open(url: string, options: RequestOptions): Promise<HttpAnswer> {
    const { exchange, response } = await this.#request(url, options);
    return {
      url: redactUrl(url),
      contentType: response.headers.get("content-type") ?? "",
      contentLength: contentLength(response.headers, options.compression),
      delimited: isDelimited(response.headers),
      ...placeInFile(response),
      validator: rangeValidator(response.headers),
      body: decoded(url, exchange.body(response), response.headers, options),
      close: () => exchange.close(),
    };
  }

  /** Asks once, following redirects. */
  async #request(url: string, options: RequestOptions): Promise<AnsweredExchange> {
    let target = new URL(url);
    for (let redirects = 0; redirects <= maximumRedirects; redirects++) {
      const exchange = new Exchange(target, {
        ...options,
        settings: this.settings,
        headers: rangeHeaders(options.range),
      });
      // `fetch` does not tell when it is connected. So a server that has not answered yet gets the time for connecting
      // until its first answer, and one that has gets the time of a stall.
      const limit = this.#known.has(target.origin)
        ? this.settings.stallTimeout
        : this.settings.connectTimeout;
      const response = await exchange.start(limit);
      this.#known.add(target.origin);
      if (response.status === 200 || (response.status === 206 && options.range !== undefined)) {
        if (unknownEncoding(response.headers, options.compression)) {
          exchange.close();
          throw encodingError(target.href, response.headers);
        }
        return { exchange, response };
      }
      const location = response.headers.get("location");
      await exchange.discard(response);
      if (!redirectStatus.has(response.status) || location === null) {
        throw statusError(target.href, response);
      }
      target = redirectTarget(target, location, options.staySecure ?? false);
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
      const request = { acceptEncoding: "gzip", ...options };
      const { exchange, response } = await this.#request(url, request);
      const { headers } = response;
      const length = contentLength(headers, undefined);
      if (length !== undefined && length <= Math.min(limit, shortBody)) {
        return exchange.text(response);
      }
      const body = exchange.within(this.settings.textTimeout, exchange.body(response));
      return collect(url, decoded(url, body, headers, request), limit);
    };
    return retry(attempt, this.settings, options.signal, options.onRetry);
  }
}

/** An answer on its way. */
interface AnsweredExchange {
  readonly exchange: Exchange;
  readonly response: Response;
}

/** Bytes of a body that must arrive whole within the time of a stall. */
const shortBody = 65_536;

/**
 * A whole body.
 *
 * @param limit Bytes it may have.
 * @throws {HttpError}
 */
async function collect(
  url: string,
  body: AsyncGenerator<Bytes, void>,
  limit: number,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) {
      throw new HttpError(url, `sends more than ${limit} bytes`, { transient: false });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString("utf8");
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

/** Bytes of the body as it is handed on, if they are known. */
function contentLength(headers: Headers, compression: string | undefined): number | undefined {
  const length = headers.get("content-length");
  return length === null || transportEncoding(headers, compression) !== "identity"
    ? undefined
    : Number(length);
}

/** Where the body of an answer belongs in the file. A 206 that does not say so is of no use: it belongs nowhere. */
function placeInFile(response: Response): Pick<HttpAnswer, "offset" | "totalLength"> {
  if (response.status !== 206) return { offset: 0 };
  const range = parseContentRange(response.headers.get("content-range"));
  return { offset: range?.start ?? Number.NaN, totalLength: range?.total };
}

function isDelimited(headers: Headers): boolean {
  const chunked = /\bchunked\b/i.test(headers.get("transfer-encoding") ?? "");
  return chunked || headers.has("content-length");
}
