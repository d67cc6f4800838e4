import { FormatError } from "./format-error.ts";
import { type Hash, isHashAlgorithm, parseHash, parseHashDigits } from "./hash.ts";
import type { PathInfo } from "./path-info.ts";
import { parseStorePath, type StorePath, sortStorePaths } from "./store-path.ts";

/** A valid path as registration texts have it: without signatures and content address. */
export interface Registration {
  readonly storePath: StorePath;
  /** SHA-256 of the path's NAR; `undefined` in a text for `nix-store --register-validity`, which has none. */
  readonly narHash: Hash | undefined;
  /** Bytes of the path's NAR; `undefined` if {@link narHash} is. */
  readonly narSize: number | undefined;
  readonly deriver: StorePath | undefined;
  /** Sorted, without duplicates. */
  readonly references: readonly StorePath[];
}

/**
 * Reads a registration text: what `nix-store --load-db` takes, `nix-store --dump-db` and `closureInfo` of nixpkgs give
 * and a Nix binary tarball has as `.reginfo`; or the form without hashes that `nix-store --register-validity` takes.
 *
 * Per path its lines are: the path; NAR hash (base 16 or any other encoding, with or without `sha256:`) and NAR size
 * in bytes, or neither; the deriver or an empty line; the number of references; the references
 * (`decodeValidPathInfo` in `src/libstore/store-api.cc` of Nix).
 *
 * @throws {FormatError} naming the line, if the text is anything else, or has a path twice.
 */
export function parseRegistration(text: string): Registration[] {
  const lines = new Lines(text);
  const seen = new Set<string>();
  const registrations: Registration[] = [];
  while (!lines.atEnd) {
    const storePath = lines.next(parseStorePath);
    if (seen.has(storePath.baseName)) throw lines.error(`${storePath.toString()} comes twice`);
    seen.add(storePath.baseName);
    // A deriver is empty or a path, which no hash is.
    const hashGiven = !/^($|\/)/.test(lines.peek());
    const narHash = hashGiven ? lines.next(parseNarHash) : undefined;
    const narSize = hashGiven ? lines.next(parseNumber) : undefined;
    const deriver = lines.next((line) => (line === "" ? undefined : parseStorePath(line)));
    const count = lines.next(parseNumber);
    const references: StorePath[] = [];
    while (references.length < count) references.push(lines.next(parseStorePath));
    registrations.push({
      storePath,
      narHash,
      narSize,
      deriver,
      references: sortStorePaths(references),
    });
  }
  return registrations;
}

/** The registration text of store paths, as `nix-store --dump-db` writes it. */
export function formatRegistration(paths: Iterable<PathInfo>): string {
  let text = "";
  for (const { storePath, narHash, narSize, deriver, references } of paths) {
    const lines = [
      storePath.toString(),
      Buffer.from(narHash.bytes).toString("hex"),
      String(narSize),
      deriver?.toString() ?? "",
      String(references.length),
      ...references.map(String),
    ];
    text += `${lines.join("\n")}\n`;
  }
  return text;
}

/** The lines of a text, one after the other, with their numbers. */
class Lines {
  readonly #lines: readonly string[];
  #read = 0;

  constructor(text: string) {
    const lines = text.split("\n");
    if (lines.pop() !== "") throw new FormatError("registration: its last line does not end");
    this.#lines = lines;
  }

  get atEnd(): boolean {
    return this.#read === this.#lines.length;
  }

  peek(): string {
    const line = this.#lines[this.#read];
    if (line === undefined) throw this.error("it ends in the middle of a path");
    return line;
  }

  /** Reads a line; a {@link FormatError} of `parse` gets the line's number. */
  next<T>(parse: (line: string) => T): T {
    const line = this.peek();
    this.#read++;
    try {
      return parse(line);
    } catch (cause) {
      throw cause instanceof FormatError ? this.error(cause.message, cause) : cause;
    }
  }

  error(message: string, cause?: FormatError): FormatError {
    return new FormatError(`registration, line ${this.#read}: ${message}`, { cause });
  }
}

function parseNarHash(line: string): Hash {
  const algorithm = line.slice(0, Math.max(line.search(/[:-]/), 0));
  const hash = isHashAlgorithm(algorithm) ? parseHash(line) : parseHashDigits("sha256", line);
  if (hash.algorithm !== "sha256") throw new FormatError(`${algorithm} instead of sha256`);
  return hash;
}

function parseNumber(line: string): number {
  const number = /^\d+$/.test(line) ? Number(line) : Number.NaN;
  if (!Number.isSafeInteger(number)) {
    throw new FormatError(`${JSON.stringify(line)} is not a number`);
  }
  return number;
}
