import { errorCode, errorMessage, InstallerError } from "../errors.ts";

/** A request that brought no answer, not the one asked for, or not all of it. */
export class HttpError extends InstallerError {
  /** The address as {@link redactUrl} shows it. */
  readonly url: string;
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** Whether the same request may succeed a little later. */
  readonly transient: boolean;
  /** Seconds the server asks to wait (`Retry-After`). */
  readonly retryAfter: number | undefined;

  constructor(
    url: string,
    problem: string,
    options: {
      readonly transient: boolean;
      readonly status?: number;
      readonly retryAfter?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    const shown = redactUrl(url);
    super("cache", `${shown}: ${problem}`, { cause: options.cause, object: shown });
    this.name = "HttpError";
    this.url = shown;
    this.status = options.status;
    this.transient = options.transient;
    this.retryAfter = options.retryAfter;
  }
}

/**
 * An address as it may be shown: without user name and password, and with `…` for its query, which is where presigned
 * addresses and tokens have their secret.
 */
export function redactUrl(text: string): string {
  return withoutUser(text).replace(/\?.*$/s, "?…");
}

function withoutUser(text: string): string {
  const url = URL.parse(text);
  if (url === null) return text.replace(/\/\/[^/@]*@/, "//");
  if (url.username === "" && url.password === "") return text;
  url.username = "";
  url.password = "";
  return url.href;
}

/**
 * The error for an answer that is no success. What nginx, S3 and caches send when they are overloaded or restarted is
 * worth another attempt; a refusal (401, 403, 404, 410) is not.
 */
export function statusError(url: string, response: Response): HttpError {
  const { status, statusText } = response;
  return new HttpError(url, `answered ${status}${statusText === "" ? "" : ` ${statusText}`}`, {
    status,
    transient: status === 408 || status === 429 || (status >= 500 && !permanent.has(status)),
    retryAfter: parseRetryAfter(response.headers.get("retry-after"), Date.now()),
  });
}

/** Not Implemented, HTTP Version Not Supported, Network Authentication Required. */
const permanent = new Set([501, 505, 511]);

/**
 * Seconds from a `Retry-After` (RFC 9110, 10.2.3): a number of them, or a date.
 *
 * @param now Milliseconds since the epoch.
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

const connectionProblems: Readonly<Record<string, string>> = {
  ConnectionRefused: "the connection was refused",
  ECONNREFUSED: "the connection was refused",
  ConnectionClosed: "the connection was closed before the answer was complete",
  ECONNRESET: "the connection was closed before the answer was complete",
  ENOTFOUND: "the host name is unknown to the name servers",
  EAI_AGAIN: "the host name cannot be looked up: no name server answers",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  CERT_HAS_EXPIRED: "the server's certificate has expired, or the clock of this machine is wrong",
  CERT_NOT_YET_VALID:
    "the server's certificate is not valid yet; the clock of this machine may be wrong",
};

/** The error for an exchange that broke off: what `fetch` or reading its body threw. */
export function connectionError(url: string, cause: unknown): HttpError {
  const code = errorCode(cause) ?? "";
  const problem = connectionProblems[code];
  const certificate = /CERT|SELF_SIGNED|VERIFY/.test(code);
  const other = certificate
    ? `the server's certificate is not trusted (${code})`
    : errorMessage(cause);
  return new HttpError(url, problem ?? other, { transient: !certificate, cause });
}
