import { type TarEntry, TarError } from "./tar-entry.ts";
import { blockSize, parseTarHeader, type TarHeader } from "./tar-header.ts";
import { parsePaxRecords } from "./tar-pax.ts";

/** Takes what a {@link TarParser} reads, in the order of the archive. */
export interface TarSink {
  /** For a file, {@link data} follows with as many bytes as its size says; then for each kind of entry {@link end}. */
  start(entry: TarEntry): void;
  /** @param chunk Valid only during the call, never empty. */
  data(chunk: Uint8Array): void;
  end(): void;
}

/** Extended headers hold a name or a few records. */
const maximumExtension = 1024 * 1024;

/** Entries that carry data for the entry after them: pax, pax for all that follow, GNU long name, GNU long target. */
const extensionTypes = "xgLK";

const entryKinds: Readonly<Record<string, TarEntry["kind"]>> = {
  "0": "file",
  "7": "file",
  "1": "hard-link",
  "2": "symbolic-link",
  "5": "directory",
};

const refusedTypes: Readonly<Record<string, string>> = {
  "3": "a character device",
  "4": "a block device",
  "6": "a named pipe",
  S: "a sparse file",
};

/**
 * Reads a tar archive (POSIX ustar and pax, GNU, of before POSIX) as its bytes come. Stricter than tar(1), since an
 * installer has no use for a best effort: checksums must be right, the end must be marked and nothing may follow it, and
 * devices, pipes, sparse files and types it does not know are refused.
 */
export class TarParser {
  readonly #sink: TarSink;
  readonly #block = Buffer.alloc(blockSize);
  #blockFilled = 0;
  /** Bytes of the current entry's data, and of its padding, that are still to come. */
  #dataLeft = 0;
  #paddingLeft = 0;
  /** The data of an extended header that is being read. */
  #extension: { readonly type: string; readonly chunks: Buffer[] } | undefined;
  #overrides: { name?: string; linkName?: string; size?: number } = {};
  #atEnd = false;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /** @throws {TarError} and whatever the sink throws; the parser is of no use afterwards. */
  write(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#dataLeft > 0) {
        const data = chunk.subarray(offset, offset + this.#dataLeft);
        this.#takeData(data);
        offset += data.length;
      } else if (this.#paddingLeft > 0) {
        const length = Math.min(this.#paddingLeft, chunk.length - offset);
        this.#paddingLeft -= length;
        offset += length;
      } else {
        const part = chunk.subarray(offset, offset + blockSize - this.#blockFilled);
        this.#block.set(part, this.#blockFilled);
        this.#blockFilled += part.length;
        offset += part.length;
        if (this.#blockFilled === blockSize) this.#takeBlock();
      }
    }
  }

  /** Says that no more bytes come. @throws {TarError} when the archive is not complete. */
  end(): void {
    if (!this.#atEnd || this.#blockFilled > 0) throw new TarError("it is cut off");
  }

  #takeBlock(): void {
    this.#blockFilled = 0;
    if (this.#block.every((byte) => byte === 0)) {
      this.#atEnd = true;
      return;
    }
    if (this.#atEnd) throw new TarError("something follows its end");
    this.#takeHeader(parseTarHeader(this.#block));
  }

  #takeHeader(header: TarHeader): void {
    const size = this.#overrides.size ?? header.size;
    if (extensionTypes.includes(header.type)) {
      if (header.size > maximumExtension) throw new TarError("an extended header is too large");
      this.#expectData(header.size);
      this.#extension = { type: header.type, chunks: [] };
      if (header.size === 0) this.#endData();
      return;
    }
    const name = this.#overrides.name ?? header.name;
    const entry = {
      kind: entryKind(header.type, name),
      name,
      linkName: this.#overrides.linkName ?? header.linkName,
      size,
      executable: (header.mode & 0o100) !== 0,
    };
    this.#overrides = {};
    if (entry.kind !== "file" && size !== 0) {
      throw new TarError("an entry that is no file has data", name);
    }
    this.#expectData(size);
    this.#sink.start(entry);
    if (size === 0) this.#endData();
  }

  #expectData(size: number): void {
    this.#dataLeft = size;
    this.#paddingLeft = (blockSize - (size % blockSize)) % blockSize;
  }

  #takeData(data: Uint8Array): void {
    this.#dataLeft -= data.length;
    if (this.#extension === undefined) this.#sink.data(data);
    else this.#extension.chunks.push(Buffer.from(data));
    if (this.#dataLeft === 0) this.#endData();
  }

  #endData(): void {
    const extension = this.#extension;
    if (extension === undefined) {
      this.#sink.end();
      return;
    }
    this.#extension = undefined;
    this.#takeExtension(extension.type, Buffer.concat(extension.chunks).toString("latin1"));
  }

  #takeExtension(type: string, data: string): void {
    if (type === "L") this.#overrides.name = data.replace(/\0.*$/s, "");
    else if (type === "K") this.#overrides.linkName = data.replace(/\0.*$/s, "");
    else {
      const { path, linkpath, size } = parsePaxRecords(data);
      if (type === "g") {
        if (path === undefined && linkpath === undefined && size === undefined) return;
        throw new TarError("it gives one name or size to all of its entries");
      }
      if (path !== undefined) this.#overrides.name = path;
      if (linkpath !== undefined) this.#overrides.linkName = linkpath;
      if (size !== undefined) this.#overrides.size = size;
    }
  }
}

function entryKind(type: string, name: string): TarEntry["kind"] {
  const kind = entryKinds[type];
  if (kind === undefined) {
    throw new TarError(
      `it has ${refusedTypes[type] ?? `an entry of unknown type ${JSON.stringify(type)}`}`,
      name,
    );
  }
  // Before POSIX, directories were files whose names end with a slash.
  return kind === "file" && name.endsWith("/") ? "directory" : kind;
}
