import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { errorCode, errorMessage, InstallerError } from "../errors.ts";
import { HttpClient } from "../http/http-client.ts";
import { HttpError, redactUrl } from "../http/http-error.ts";
import { retry } from "../http/retry.ts";
import { httpSettings } from "../http/settings.ts";
import type { ManifestText } from "./positions.ts";

/** The largest manifest that is read, in bytes: 1 MiB. */
export const maximumManifestSize = 2 ** 20;

/** How a manifest is read. */
export interface ReadManifestOptions {
  /** Lower-case hexadecimal: what the manifest must hash to, wherever it comes from. */
  readonly sha256?: string;
  readonly signal?: AbortSignal;
}

/** A problem with reading a manifest that is a file or standard input, by the system's error codes. */
function fileError(source: string, cause: unknown): InstallerError {
  const what = source === "-" ? "the manifest from standard input" : `the manifest ${source}`;
  const code = errorCode(cause);
  if (code === "ENOENT") {
    return new InstallerError("manifest", `${what} does not exist`, {
      cause,
      hint: "Name a file, an https:// URL, or - for standard input.",
    });
  }
  if (code === "EISDIR") {
    return new InstallerError("manifest", `${what} is a directory`, {
      cause,
      hint: "Name the manifest itself, such as host.toml.",
    });
  }
  return new InstallerError("manifest", `${what} cannot be read: ${errorMessage(cause)}`, {
    cause,
  });
}

/** The error for a manifest beyond {@link maximumManifestSize}. */
function tooLarge(source: string): InstallerError {
  return new InstallerError("manifest", `the manifest ${source} is larger than 1 MiB`, {
    hint: "Check that it is the manifest and not, say, the tarball.",
  });
}

/** The error for a manifest of which nobody can tell whether it is whole. */
function unknownEnd(source: string): InstallerError {
  return new InstallerError(
    "cache",
    `the server does not say where the manifest ${source} ends: it may be cut off`,
    {
      hint: "Give the manifest's hash with --manifest-sha256, or use a server that sends its length.",
    },
  );
}

/** Collects chunks, giving up as soon as they are too many for a manifest. */
async function collect(source: string, chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > maximumManifestSize) throw tooLarge(source);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

async function readFile(source: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const stream =
    source === "-" ? createReadStream("", { fd: 0, autoClose: false }) : createReadStream(source);
  // A read from a pipe, or opening one, blocks until something comes: destroying the stream does not end that.
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([collect(source, stream), aborted.promise]);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof InstallerError ? error : fileError(source, error);
  } finally {
    signal?.removeEventListener("abort", abort);
    stream.destroy();
  }
}

/**
 * What a server has at an address. A redirect from https to http is refused: nothing but the encryption says that it is
 * the right manifest.
 *
 * @param hashed Whether a hash will tell if it is whole; if not, the server must say where it ends.
 */
async function download(
  address: string,
  hashed: boolean,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const client = new HttpClient(httpSettings());
  const attempt = async () => {
    const answer = await client.open(address, { signal, acceptEncoding: "gzip", staySecure: true });
    try {
      if (!hashed && !answer.delimited) throw unknownEnd(answer.url);
      return await collect(answer.url, answer.body);
    } finally {
      answer.close();
    }
  };
  try {
    return await retry(attempt, client.settings, signal);
  } catch (cause) {
    if (!(cause instanceof HttpError)) throw cause;
    throw new InstallerError("cache", `the manifest cannot be downloaded: ${cause.message}`, {
      cause: cause.cause,
      hint: "Check the address, the network and the name server of this live system.",
    });
  }
}

/** @throws {InstallerError} `usage` for an address that the manifest is not fetched from. */
function checkAddress(source: string, plainHttp: boolean): void {
  const url = URL.parse(source);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new InstallerError("usage", `${redactUrl(source)} is not an http:// or https:// URL`, {
      hint: "Name a file, an https:// URL, or - for standard input.",
    });
  }
  if (url.protocol === "http:" && !plainHttp) {
    throw new InstallerError("usage", `the manifest would come over plain http from ${url.host}`, {
      hint: "Use https://, or give the manifest's hash with --manifest-sha256.",
    });
  }
}

function checkHash(source: string, bytes: Uint8Array, expected: string): void {
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual === expected) return;
  throw new InstallerError(
    "integrity",
    `the manifest ${source} has the SHA-256 hash ${actual}, not ${expected}`,
    { hint: "Check where it comes from; if it was changed on purpose, give its new hash." },
  );
}

function decode(source: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new InstallerError("manifest", `the manifest ${source} is not UTF-8 text`, {
      cause,
      hint: "Check that it is the manifest, and save it as UTF-8.",
    });
  }
}

/**
 * Reads a manifest.
 *
 * @param source A path, an `https://` URL, an `http://` URL if `options.sha256` is given, or `-` for standard input.
 * @throws {InstallerError} `usage` for a URL or hash that cannot be used, `manifest` when it cannot be read or is no
 * text, `cache` when a server does not deliver it, `integrity` when its hash is another one.
 */
export async function readManifest(
  source: string,
  options: ReadManifestOptions = {},
): Promise<ManifestText> {
  const { sha256, signal } = options;
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new InstallerError("usage", `${JSON.stringify(sha256)} is not a SHA-256 hash`, {
      hint: "Give the 64 lower-case hexadecimal digits that sha256sum prints.",
    });
  }
  signal?.throwIfAborted();
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(source);
  if (isUrl) checkAddress(source, sha256 !== undefined);
  const file = isUrl ? redactUrl(source) : source;
  const bytes = isUrl
    ? await download(source, sha256 !== undefined, signal ?? new AbortController().signal)
    : await readFile(source, signal);
  if (sha256 !== undefined) checkHash(file, bytes, sha256);
  return { file, text: decode(file, bytes) };
}
