import { errorCode, errorMessage, InstallerError } from "../errors.ts";

/** Redirections that are followed. */
const maximumRedirects = 5;

/** Seconds that a server may be silent. */
const stallSeconds = 30;

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** How a URL is fetched. */
interface DownloadOptions {
  /** Whether http:// will do, because the content is checked by other means. */
  readonly plainHttp: boolean;
  readonly signal: AbortSignal | undefined;
}

function isHttp({ protocol }: URL): boolean {
  return protocol === "http:" || protocol === "https:";
}

function checkUrl(text: string, plainHttp: boolean): URL {
  const url = URL.parse(text);
  if (url === null || !isHttp(url)) {
    throw new InstallerError("usage", `${text} is not an http:// or https:// URL`, {
      hint: "Name a file, an https:// URL, or - for standard input.",
    });
  }
  if (url.protocol === "http:" && !plainHttp) {
    throw new InstallerError("usage", `the manifest would come over plain http from ${url.host}`, {
      hint: "Use https://, or give the manifest's hash with --manifest-sha256.",
    });
  }
  return url;
}

/** A URL without the password it may carry, for messages and logs. */
export function withoutPassword(url: URL): string {
  const shown = new URL(url);
  if (shown.password !== "") shown.password = "***";
  return shown.href;
}

function failure(url: URL, reason: string, cause?: unknown): InstallerError {
  return new InstallerError("cache", `cannot download ${withoutPassword(url)}: ${reason}`, {
    cause,
    hint: "Check the address, the network and the name server of this live system.",
  });
}

/** A signal that aborts when the server is silent for too long; `heard` starts the time anew. */
function stallGuard(signal: AbortSignal | undefined) {
  const controller = new AbortController();
  const stalled = () =>
    controller.abort(new Error(`the server did not answer within ${stallSeconds} s`));
  let timer = setTimeout(stalled, stallSeconds * 1000);
  return {
    signal: signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(stalled, stallSeconds * 1000);
    },
    end: () => clearTimeout(timer),
  };
}

async function request(
  start: URL,
  signal: AbortSignal,
): Promise<{ readonly url: URL; readonly response: Response }> {
  let url = start;
  for (let count = 0; count <= maximumRedirects; count++) {
    const response = await fetch(url.href, { redirect: "manual", signal });
    const location = response.headers.get("location");
    if (!redirectStatuses.has(response.status) || location === null) return { url, response };
    await response.body?.cancel();
    const target = URL.parse(location, url.href);
    if (target === null || !isHttp(target)) {
      throw failure(url, "it redirects to something that is no http:// or https:// URL");
    }
    if (url.protocol === "https:" && target.protocol !== "https:") {
      throw failure(url, `it redirects from https to ${withoutPassword(target)}`);
    }
    url = target;
  }
  throw failure(start, `it redirects more than ${maximumRedirects} times`);
}

/**
 * The bytes at a URL as they arrive. A redirection from https to http is refused.
 *
 * @throws {InstallerError} `usage` for a URL that cannot be used, `cache` when the server does not deliver.
 */
export async function* download(
  text: string,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const start = checkUrl(text, options.plainHttp);
  const guard = stallGuard(options.signal);
  try {
    const { url, response } = await request(start, guard.signal);
    if (!response.ok) {
      await response.body?.cancel();
      throw failure(url, `the server answers ${response.status} ${response.statusText}`.trimEnd());
    }
    for await (const chunk of response.body ?? []) {
      guard.heard();
      yield chunk;
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof InstallerError) throw error;
    const code = errorCode(error);
    throw failure(start, `${errorMessage(error)}${code === undefined ? "" : ` (${code})`}`, error);
  } finally {
    guard.end();
  }
}
