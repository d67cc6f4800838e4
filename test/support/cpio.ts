/** An entry of an archive to be made: a file, a link or a directory. */
export interface CpioInput {
  /** As it is to stand in the archive. */
  readonly path: string;
  /** Contents of a file, or the target of a link; left out for a directory. */
  readonly file?: string | Uint8Array;
  readonly link?: string;
  /** What the header says of the size, where that shall be wrong. */
  readonly size?: number;
}

function hexadecimal(value: number): string {
  return value.toString(16).padStart(8, "0");
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

function entryBytes({ path, file, link, size }: CpioInput, mode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const content = Buffer.from(link ?? file ?? "");
  const fields = [1, mode, 0, 0, 1, 0, size ?? content.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map(hexadecimal).join("")}`);
  return Buffer.concat([padded(Buffer.concat([header, name])), padded(content)]);
}

function modeOf({ file, link }: CpioInput): number {
  if (link !== undefined) return 0o120777;
  return file === undefined ? 0o040755 : 0o100644;
}

/** An archive in the format "newc", padded to 512 bytes as cpio(1) does. */
export function cpioArchive(entries: readonly CpioInput[]): Buffer {
  const all = [
    ...entries.map((entry) => entryBytes(entry, modeOf(entry))),
    entryBytes({ path: "TRAILER!!!" }, 0),
  ];
  const bytes = Buffer.concat(all);
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 511)]);
}
