import { TarError } from "./tar-entry.ts";

/** What a pax extended header says instead of the header that follows it. */
export interface PaxRecords {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
}

/**
 * Reads a pax extended header: records `LENGTH KEY=VALUE\n` (pax(1), "pax Extended Header"). Keys that do not bear on
 * name, target or size are passed over: Nix keeps no times, owners or attributes.
 *
 * @param data The header's bytes, one per character (latin1).
 * @throws {TarError} when it is malformed, or describes a sparse file.
 */
export function parsePaxRecords(data: string): PaxRecords {
  const records = new Map<string, string>();
  let offset = 0;
  while (offset < data.length) {
    const [head = "", digits = ""] = /^(\d{1,7}) /.exec(data.slice(offset, offset + 8)) ?? [];
    const end = offset + Number(digits);
    const record = data.slice(offset + head.length, end - 1);
    const separator = record.indexOf("=");
    if (head === "" || end > data.length || data[end - 1] !== "\n" || separator < 1) {
      throw new TarError("a pax record is malformed");
    }
    records.set(record.slice(0, separator), record.slice(separator + 1));
    offset = end;
  }
  if ([...records.keys()].some((key) => key.startsWith("GNU.sparse."))) {
    throw new TarError("it has a sparse file");
  }
  const path = records.get("path");
  const linkpath = records.get("linkpath");
  const size = records.get("size");
  return {
    ...(path === undefined ? {} : { path }),
    ...(linkpath === undefined ? {} : { linkpath }),
    ...(size === undefined ? {} : { size: parseSize(size) }),
  };
}

function parseSize(text: string): number {
  const size = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw new TarError("the size in a pax record is no number");
  return size;
}
