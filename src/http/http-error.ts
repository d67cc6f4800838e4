import { errorCode, InstallerError } from "../errors.ts";

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
  /** Whether it is this machine that is cut off from the network: no name server, no route. */
  readonly isOffline: boolean;

  constructor(
    url: string,
    problem: string,
    options: {
      readonly transient: boolean;
      readonly status?: number;
      readonly retryAfter?: number | undefined;
      readonly isOffline?: boolean;
      readonly cause?: unknown;
      readonly hint?: string;
    },
  ) {
    const shown = redactUrl(url);
    const { cause, hint } = options;
    super("cache", `${shown}: ${problem}`, {
      cause,
      object: shown,
      ...(hint === undefined ? {} : { hint }),
    });
    this.name = "HttpError";
    this.url = shown;
    this.status = options.status;
    this.transient = options.transient;
    this.retryAfter = options.retryAfter;
    this.isOffline = options.isOffline ?? false;
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
  const { status } = response;
  const statusText = response.statusText.slice(0, longestStatusText);
  return new HttpError(url, `answered ${status}${statusText === "" ? "" : ` ${statusText}`}`, {
    status,
    transient: status === 408 || status === 429 || (status >= 500 && !permanent.has(status)),
    retryAfter: parseRetryAfter(response.headers.get("retry-after"), Date.now()),
  });
}

const longestStatusText = 80;

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

const refused = "the connection was refused";
const brokenOff = "the connection was closed before the answer was complete";
const noHttp = "what answers there does not speak HTTP";

const connectionProblems: Readonly<Record<string, string>> = {
  ConnectionRefused: refused,
  ECONNREFUSED: refused,
  ConnectionClosed: brokenOff,
  ECONNRESET: brokenOff,
  ENOTFOUND: "the host name is unknown to the name servers",
  EAI_AGAIN: "the host name cannot be looked up: no name server answers",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  ENETDOWN: "the network is down",
  ETIMEDOUT: "the connection timed out",
  EPROTO: "the TLS handshake failed: what answers there may not speak TLS",
  FailedToOpenSocket: "no connection can be made",
  Malformed_HTTP_Response: noHttp,
  InvalidHTTPResponse: noHttp,
  InvalidContentLength: "the length that the answer says it has is none",
  UnsupportedProxyProtocol: "the proxy is not one of HTTP, and others are not supported",
  CERT_HAS_EXPIRED: "the server's certificate has expired, or the clock of this machine is wrong",
  CERT_NOT_YET_VALID:
    "the server's certificate is not valid yet; the clock of this machine may be wrong",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is that of another host",
};

/** What says that nothing outside of this machine is to be reached. */
const offline = new Set(["EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH", "ENETDOWN"]);

/**
 * The error for an exchange that broke off: what `fetch` or reading its body threw. That itself is not passed on, since it
 * has the whole address in it, with what {@link redactUrl} leaves out.
 *
 * @param proxy Through which it was asked.
 */
export function connectionError(url: string, cause: unknown, proxy?: URL): HttpError {
  const code = errorCode(cause) ?? "";
  if (code === "ERR_PROXY_TUNNEL") return tunnelError(url, cause, proxy);
  const certificate = /CERT|SELF_SIGNED|VERIFY/.test(code);
  const other = certificate
    ? `the server's certificate is not trusted (${code})`
    : `it cannot be asked (${code === "" ? errorName(cause) : code})`;
  const through = proxy === undefined ? "" : `, through the proxy ${proxy.host}`;
  return new HttpError(url, `${connectionProblems[code] ?? other}${through}`, {
    transient: !certificate && code !== "UnsupportedProxyProtocol",
    isOffline: offline.has(code),
    ...(certificate && !(code in connectionProblems) ? { hint: authorityHint } : {}),
  });
}

/** The error for a proxy that does not connect to a server: `Proxy refused to open a tunnel: 407 …`. */
function tunnelError(url: string, cause: unknown, proxy: URL | undefined): HttpError {
  const [, answer = "", digits = "0"] = /: ((\d{3}).*)$/.exec(String(cause)) ?? [];
  const status = Number(digits);
  const name = proxy === undefined ? "" : ` ${proxy.host}`;
  return new HttpError(url, `the proxy${name} does not connect to it: ${answer}`, {
    transient: status >= 500,
    ...(status === proxyAuthenticationRequired ? { status } : {}),
  });
}

const proxyAuthenticationRequired = 407;

const authorityHint =
  "If the server's certificate is signed by an authority of your own, name its certificate with ssl-cert-file under [cache], or in NIX_SSL_CERT_FILE.";

function errorName(cause: unknown): string {
  return cause instanceof Error ? cause.name : String(cause);
}
