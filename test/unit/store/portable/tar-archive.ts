/** An entry of an archive for a test; everything but the name has a default. */
export interface ArchiveEntry {
  readonly name: string;
  /** The type flag, default a file. */
  readonly type?: string;
  readonly data?: string | Uint8Array;
  readonly linkName?: string;
  readonly mode?: number;
  /** What the header says instead of the length of the data. */
  readonly size?: number;
}

/** A ustar archive, byte by byte as a test wants it: nothing about it is checked. */
export function tarArchive(entries: readonly ArchiveEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]);
}

/** One entry with its data, padded. */
export function tarEntry(entry: ArchiveEntry): Buffer {
  const data = Buffer.from(entry.data ?? "");
  const header = Buffer.alloc(512);
  const octal = (value: number, offset: number, digits: number) =>
    header.write(value.toString(8).padStart(digits, "0"), offset, "latin1");
  header.write(entry.name, 0, 100, "latin1");
  octal(entry.mode ?? 0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(entry.size ?? data.length, 124, 11);
  octal(0, 136, 11);
  header.write(entry.type ?? "0", 156, "latin1");
  header.write(entry.linkName ?? "", 157, 100, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  header.fill(" ", 148, 156);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  header[154] = 0;
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** A pax header for the entry after it. */
export function paxHeader(records: Readonly<Record<string, string>>, type = "x"): ArchiveEntry {
  const data = Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      const length = Buffer.byteLength(rest);
      const digits = String(length + String(length).length).length;
      return `${length + digits}${rest}`;
    })
    .join("");
  return { name: "PaxHeaders/entry", type, data };
}
