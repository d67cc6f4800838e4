import { formatContentAddress, parseContentAddress } from "./content-address.ts";
import { FormatError } from "./format-error.ts";
import { type Hash, parseHash } from "./hash.ts";
import type { PathInfo } from "./path-info.ts";
import { parseStorePath, StorePath, sortStorePaths } from "./store-path.ts";

/**
 * How a NAR in a binary cache may be compressed. Nix also knows compress, grzip, lrzip and lzop
 * (`src/libutil/compression.cc`), which nobody is known to use and no maintained library undoes.
 */
const compressions = ["none", "zstd", "xz", "gzip", "br", "bzip2", "lzip", "lzma", "lz4"] as const;

/** One of the compressions that the installer can undo, by the name narinfos have for it. */
export type Compression = (typeof compressions)[number];

/** What a binary cache says of a store path in `<hash>.narinfo`. */
export interface NarInfo extends PathInfo {
  /** Where the NAR is, relative to the cache's address, or absolute. */
  readonly url: string;
  readonly compression: Compression;
  /** The hash of the file at {@link url}, as it is compressed. */
  readonly fileHash?: Hash;
  /** Bytes of the file at {@link url}. */
  readonly fileSize?: number;
}

/**
 * Reads a narinfo. As in `src/libstore/nar-info.cc` of Nix, unknown fields are passed over, `Compression` defaults to
 * `bzip2`, `Deriver: unknown-deriver` and an empty `CA` stand for none, a `FileSize` of 0 for unknown, of a doubled field
 * the last one counts, except that there may be but one `References` and one `CA`, and the last line must end, so that
 * a text that was cut off is told from a whole one. Beyond Nix, the NAR hash must be SHA-256.
 *
 * @throws {FormatError} naming the field, if one is missing or malformed.
 */
export function parseNarInfo(text: string): NarInfo {
  const { fields, signatures } = parseFields(text);
  const required = (name: string) => {
    const value = fields.get(name);
    if (value === undefined || value === "") throw new FormatError(`narinfo: ${name} is missing`);
    return value;
  };
  const optional = <T>(name: string, parse: (value: string) => T): T | undefined => {
    const value = fields.get(name);
    return value === undefined ? undefined : parseField(name, value, parse);
  };

  const fileHash = optional("FileHash", parseHash);
  const fileSize = optional("FileSize", parseSize);
  const deriver = optional("Deriver", parseDeriver);
  const contentAddress = optional("CA", canonicalContentAddress);
  return {
    storePath: parseField("StorePath", required("StorePath"), parseStorePath),
    url: required("URL"),
    compression: optional("Compression", parseCompression) ?? "bzip2",
    ...(fileHash === undefined ? {} : { fileHash }),
    ...(fileSize === undefined || fileSize === 0 ? {} : { fileSize }),
    narHash: parseField("NarHash", required("NarHash"), parseNarHash),
    narSize: parseField("NarSize", required("NarSize"), parseNarSize),
    references: optional("References", parseReferences) ?? [],
    ...(deriver === undefined ? {} : { deriver }),
    signatures: [...signatures],
    ...(contentAddress === undefined ? {} : { contentAddress }),
  };
}

/** Fields that Nix refuses to take twice. */
const singleFields = new Set(["References", "CA"]);

function parseFields(text: string): { fields: Map<string, string>; signatures: Set<string> } {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new FormatError("narinfo: its last line does not end");
  const fields = new Map<string, string>();
  const signatures = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const colon = line.indexOf(":");
    // An empty value may lack its space: nobody but Nix itself writes one.
    if (colon <= 0 || (line.length > colon + 1 && line[colon + 1] !== " ")) {
      throw new FormatError(`narinfo: line ${index + 1} is not "name: value"`);
    }
    const name = line.slice(0, colon);
    const value = line.slice(colon + 2);
    if (name === "Sig") {
      signatures.add(value);
      continue;
    }
    const isDoubled = singleFields.has(name) && (fields.get(name) ?? "") !== "";
    if (isDoubled) throw new FormatError(`narinfo: ${name} comes twice`);
    fields.set(name, value);
  }
  return { fields, signatures };
}

function parseField<T>(name: string, value: string, parse: (value: string) => T): T {
  try {
    return parse(value);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError(`narinfo: ${name} is malformed: ${cause.message}`, { cause });
  }
}

function parseCompression(value: string): Compression | undefined {
  const known = compressions.find((compression) => compression === value);
  if (known === undefined && value !== "") {
    throw new FormatError(
      `${JSON.stringify(value)} cannot be undone, only ${compressions.join(", ")}`,
    );
  }
  return known;
}

function parseNarHash(value: string): Hash {
  const hash = parseHash(value);
  if (hash.algorithm !== "sha256") throw new FormatError(`it is ${hash.algorithm}, not sha256`);
  return hash;
}

function parseSize(value: string): number {
  const size = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(size)) {
    throw new FormatError(`${JSON.stringify(value)} is not a number of bytes below 2^53`);
  }
  return size;
}

function parseNarSize(value: string): number {
  const size = parseSize(value);
  if (size === 0) throw new FormatError("no NAR has 0 bytes");
  return size;
}

function parseReferences(value: string): StorePath[] {
  const names = value.split(" ").filter((name) => name !== "");
  return sortStorePaths(names.map((name) => new StorePath(name)));
}

function parseDeriver(value: string): StorePath | undefined {
  return value === "unknown-deriver" ? undefined : new StorePath(value);
}

/**
 * The content address as Nix's database has it. One that cannot be read stands for none, since it is the newest kinds
 * (`fixed:git:`, `blake3`) that cannot, and the path may still be signed.
 */
function canonicalContentAddress(value: string): string | undefined {
  try {
    return formatContentAddress(parseContentAddress(value));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
