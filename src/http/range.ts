/** The rest of a file, from a byte on (RFC 9110, 14.2). */
export interface RangeRequest {
  /** The first byte that is wanted, counted from 0. */
  readonly offset: number;
  /** What {@link rangeValidator} said of the answer that the bytes before are from; without it, of whatever is there now. */
  readonly validator?: string | undefined;
}

/** A `Content-Range` (RFC 9110, 14.4). */
export interface ContentRange {
  readonly start: number;
  /** The last byte, itself included. */
  readonly end: number;
  /** Bytes of the whole file, if the server says so. */
  readonly total: number | undefined;
}

/** The headers of a request for the rest of a file, which is answered with all of it if it is another one by now. */
export function rangeHeaders(range: RangeRequest | undefined): Record<string, string> {
  if (range === undefined) return {};
  const condition = range.validator === undefined ? {} : { "if-range": range.validator };
  return { range: `bytes=${range.offset}-`, ...condition };
}

/**
 * What tells this version of a file from others, byte by byte, for `If-Range`: a strong `ETag`, else `Last-Modified`
 * where there is no tag at all (RFC 9110, 13.1.5). A weak tag promises nothing about bytes.
 */
export function rangeValidator(headers: Headers): string | undefined {
  const tag = headers.get("etag")?.trim();
  if (tag === undefined || tag === "") return headers.get("last-modified") ?? undefined;
  return /^"[^"]*"$/.test(tag) ? tag : undefined;
}

/** The `Content-Range` of an answer; `undefined` if it has none, or one that makes no sense. */
export function parseContentRange(value: string | null): ContentRange | undefined {
  const [, first, last, all] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(value?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined) return undefined;
  const [start, end] = [Number(first), Number(last)];
  const total = all === "*" ? undefined : Number(all);
  if (end < start || (total !== undefined && end >= total)) return undefined;
  return { start, end, total };
}
