import { decompress } from "../compression/decompress.ts";
import type { Bytes } from "../compression/to-stream.ts";
import { errorMessage } from "../errors.ts";
import { HttpError } from "./http-error.ts";

/** What a request says of encodings: see `RequestOptions`. */
export interface EncodingOptions {
  readonly acceptEncoding?: string;
  readonly compression?: string;
}

/** Encodings that can be undone, by their names in `Content-Encoding`. */
const encodings = { gzip: "gzip", "x-gzip": "gzip", br: "br", zstd: "zstd" } as const;

/** The `Accept-Encoding` of a request. */
export function acceptedEncoding({ acceptEncoding, compression }: EncodingOptions): string {
  // Caches that compress nothing by themselves (harmonia, ncps) do so for transport, but only when asked.
  return acceptEncoding ?? (compression === "none" ? "zstd" : "identity");
}

/**
 * What the body is encoded with for transport; `identity` for nothing, or for what is only the file's own compression.
 *
 * @param compression How the file is compressed by itself, if that is known.
 */
export function transportEncoding(headers: Headers, compression: string | undefined): string {
  const named = (headers.get("content-encoding") ?? "").trim().toLowerCase();
  if (named === "") return "identity";
  const encoding = isKnown(named) ? encodings[named] : named;
  return encoding === compression ? "identity" : encoding;
}

/** Whether a body is encoded in a way that cannot be undone. */
export function unknownEncoding(headers: Headers, compression: string | undefined): boolean {
  const encoding = transportEncoding(headers, compression);
  return encoding !== "identity" && !isKnown(encoding);
}

/** The error for a body of an {@link unknownEncoding}. */
export function encodingError(url: string, headers: Headers): HttpError {
  const encoding = headers.get("content-encoding") ?? "";
  return new HttpError(url, `is encoded with ${encoding} for transport, which is not known here`, {
    transient: false,
  });
}

/** A body without its {@link transportEncoding}. */
export function decoded(
  url: string,
  body: AsyncGenerator<Bytes, void>,
  headers: Headers,
  options: EncodingOptions,
): AsyncGenerator<Bytes, void> {
  const encoding = transportEncoding(headers, options.compression);
  if (!isKnown(encoding)) return body;
  return decode(url, body, encodings[encoding]);
}

async function* decode(
  url: string,
  body: AsyncGenerator<Bytes, void>,
  encoding: (typeof encodings)[keyof typeof encodings],
): AsyncGenerator<Bytes, void> {
  try {
    for await (const chunk of decompress(encoding, body)) yield chunk;
  } catch (cause) {
    if (cause instanceof HttpError) throw cause;
    const problem = `cannot be decoded (${encoding}): ${errorMessage(cause)}`;
    throw new HttpError(url, problem, { transient: true, cause });
  }
}

function isKnown(name: string): name is keyof typeof encodings {
  return Object.hasOwn(encodings, name);
}
