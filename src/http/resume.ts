import type { Bytes } from "../compression/to-stream.ts";
import type { HttpAnswer, HttpClient, RequestOptions } from "./http-client.ts";
import { HttpError } from "./http-error.ts";
import { type RetryListener, retry } from "./retry.ts";

/**
 * Bytes that must have come since the last break for the next one not to count as another failure; and as many as would
 * have been fast enough for the time that a server is given to become faster.
 */
const leastProgress = 65_536;

/** How a file is got that may come in several pieces. */
export interface ResumeOptions extends Omit<RequestOptions, "range"> {
  /**
   * Whether a hash will show pieces of different files to be such. Only then the rest is asked for where the server does
   * not say which version of the file it gives.
   */
  readonly isHashed: boolean;
  /** Is told why a connection broke off, before the pause. */
  readonly onRetry?: RetryListener;
  /** Is told of every further request, and from which byte on. */
  readonly onResume?: (offset: number) => void;
}

/**
 * A file of a server, whose body goes on with the next byte when the connection breaks or stalls in the middle, where
 * the server offers that (`Range`, RFC 9110, 14). To be used for all attempts to get the same file, one after the other:
 * it remembers what became of those before.
 */
export class ResumableFile {
  readonly #client: Pick<HttpClient, "settings" | "open">;
  readonly #url: string;
  readonly #options: ResumeOptions;
  /** The whole file where its rest was asked for: the next attempt takes it. */
  #fresh: HttpAnswer | undefined;
  /** Whether asking for the rest has turned out to be of no use. */
  #wholeOnly = false;
  #current: HttpAnswer | undefined;
  #resumed = 0;

  constructor(client: Pick<HttpClient, "settings" | "open">, url: string, options: ResumeOptions) {
    this.#client = client;
    this.#url = url;
    this.#options = options;
  }

  /** How often the body under way went on after a break. */
  get resumed(): number {
    return this.#resumed;
  }

  /**
   * Asks for the file from its beginning. The body throws an {@link HttpError} that is transient if it is to be asked for
   * anew, and one that is not once it broke off too often.
   *
   * @throws {HttpError}; the signal's reason once it is aborted.
   */
  async open(): Promise<HttpAnswer> {
    const answer = this.#fresh ?? (await this.#client.open(this.#url, this.#options));
    this.#fresh = undefined;
    this.#current = answer;
    this.#resumed = 0;
    const { contentLength, validator } = answer;
    // A body of unknown length is made as it is sent, or encoded on the way: its bytes cannot be counted on.
    const resumable =
      contentLength !== undefined && (validator !== undefined || this.#options.isHashed);
    return {
      ...answer,
      body: resumable ? this.#body(answer, contentLength) : answer.body,
      close: () => this.#current?.close(),
    };
  }

  /** Ends whatever connection there is. */
  close(): void {
    this.#current?.close();
    this.#fresh?.close();
  }

  /** Has the next attempt, and all after it, get the file as a whole: its pieces do not fit together. */
  beginAnew(problem: string, cause?: unknown): HttpError {
    this.#wholeOnly = true;
    return anew(this.#url, problem, cause);
  }

  async *#body(first: HttpAnswer, length: number): AsyncGenerator<Bytes, void> {
    let answer = first;
    let received = 0;
    const { minimumRate, stallTimeout } = this.#client.settings;
    const progress = Math.max(leastProgress, minimumRate * stallTimeout);
    let failures = 0;
    let lastBreak = 0;
    for (;;) {
      let broken: HttpError;
      try {
        for await (const chunk of answer.body) {
          received += chunk.length;
          yield chunk;
        }
        broken = ended(this.#url, received, length);
      } catch (error) {
        if (!(error instanceof HttpError) || !error.transient) throw error;
        broken = error;
      }
      // All of it has come; only the end of the connection was not in order.
      if (received >= length) return;
      if (this.#wholeOnly || received === 0) throw broken;
      failures = received - lastBreak >= progress ? 1 : failures + 1;
      lastBreak = received;
      answer = await this.#goOn(broken, { from: received, length, failures, first });
    }
  }

  /** The answer with the rest of the file, after a pause. */
  async #goOn(broken: HttpError, place: Place): Promise<HttpAnswer> {
    const { settings } = this.#client;
    const { signal, onRetry, onResume } = this.#options;
    const earlier = place.failures - 1;
    let isFirst = true;
    const attempt = () => {
      if (!isFirst) {
        onResume?.(place.from);
        return this.#askForRest(place);
      }
      isFirst = false;
      // The attempt that broke off was the first of them.
      return Promise.reject(broken);
    };
    const attempts = Math.max(1, settings.attempts - earlier);
    let answer: HttpAnswer | HttpError;
    try {
      answer = await retry(attempt, { ...settings, attempts }, signal, (error, pause, count) =>
        onRetry?.(error, pause, count + earlier),
      );
    } catch (error) {
      throw error instanceof HttpError ? final(error) : error;
    }
    if (answer instanceof HttpError) throw answer;
    this.#current = answer;
    this.#resumed++;
    return answer;
  }

  /** Asks once. Gives an error where the server has answered, and the file must be begun anew. */
  async #askForRest({ from, length, first }: Place): Promise<HttpAnswer | HttpError> {
    const { validator } = first;
    const options = { ...this.#options, acceptEncoding: "identity" };
    let answer: HttpAnswer;
    try {
      answer = await this.#client.open(this.#url, {
        ...options,
        range: { offset: from, validator },
      });
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== rangeNotSatisfiable) throw error;
      return this.beginAnew("has become shorter, or does not give a part of the file", error);
    }
    const { offset, totalLength, contentLength } = answer;
    if (offset === 0) {
      // The whole file: it is another one by now, or the server knows nothing else.
      this.#wholeOnly = answer.validator === validator;
      this.#fresh = answer;
      return anew(this.#url, "sends the whole file where its rest was asked for");
    }
    const fits = offset === from && (totalLength ?? length) === length;
    if (fits && contentLength !== undefined && contentLength <= length - from) return answer;
    answer.close();
    return this.beginAnew("sends another part of the file than was asked for");
  }
}

/** Where a file goes on. Sizes are in bytes. */
interface Place {
  readonly from: number;
  /** Of the whole file. */
  readonly length: number;
  /** How often it broke off, this time included, without much progress in between. */
  readonly failures: number;
  /** The answer that it began with. */
  readonly first: HttpAnswer;
}

const rangeNotSatisfiable = 416;

/** Asks for another attempt at once: a pause was made before. */
function anew(url: string, problem: string, cause?: unknown): HttpError {
  return new HttpError(url, `${problem}; it is fetched anew`, {
    transient: true,
    retryAfter: 0,
    cause,
  });
}

function ended(url: string, received: number, length: number): HttpError {
  return new HttpError(url, `ended after ${received} of ${length} bytes`, { transient: true });
}

/** The same error after all attempts that there were: to begin anew would only make all of them once more. */
function final(error: HttpError): HttpError {
  const problem = error.message.slice(error.url.length + ": ".length);
  const { status, isOffline, hint, cause } = error;
  return new HttpError(error.url, problem, {
    transient: false,
    isOffline,
    cause,
    ...(status === undefined ? {} : { status }),
    ...(hint === undefined ? {} : { hint }),
  });
}
