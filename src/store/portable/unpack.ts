import { rm } from "node:fs/promises";
import { join } from "node:path";
import { decompress } from "../../compression/decompress.ts";
import type { Bytes } from "../../compression/to-stream.ts";
import { errorMessage, InstallerError } from "../../errors.ts";
import { detectCompression } from "./compression.ts";
import { incomplete, linksDirectory, type Place, TarballLayout } from "./layout.ts";
import { PackedStream } from "./packed-stream.ts";
import { type TarEntry, TarError } from "./tar-entry.ts";
import { TarParser, type TarSink } from "./tar-parser.ts";
import { TreeWriter } from "./tree-writer.ts";

/** How a tarball is unpacked. */
export interface UnpackOptions {
  /** The tarball's bytes, packed with xz, zstd, gzip or nothing. */
  readonly bytes: AsyncGenerator<Bytes, void>;
  /** An empty directory, which becomes what `/nix` shall be. */
  readonly directory: string;
  /** What the tarball must be for, such as `x86_64-linux`. */
  readonly system: string;
  /** The SHA-256 of the tarball as it is packed, in hexadecimal. */
  readonly sha256?: string;
  readonly signal: AbortSignal;
  /** @param bytes Of the packed tarball, read so far. */
  readonly onProgress: (bytes: number) => void;
}

/** What came out of a tarball. */
export interface UnpackedStore {
  /** Names of the store paths that are there now, `<hash>-<name>`. */
  readonly names: readonly string[];
  /** The text of the registration, if it brought one. */
  readonly registration: string | undefined;
  /** Whether it brought Nix's database. */
  readonly database: boolean;
}

/**
 * Unpacks the tarball of a portable store as it streams in; in memory is little more than the decoder's window. The
 * hash covers every byte up to the end, whatever the decoder needs.
 *
 * @throws {InstallerError} `integrity` when the tarball is damaged, cut off or not the one that was named, or would write
 * anywhere but into its store; `refused` when it is for another system or is no portable store. What was written stays.
 */
export async function unpackTarball(options: UnpackOptions): Promise<UnpackedStore> {
  const packed = new PackedStream(options.bytes, options.signal, options.onProgress);
  const sink = new StoreSink(options.directory, options.system);
  try {
    const { start, all } = await packed.begin();
    if (start.length === 0) throw incomplete("it is empty");
    const parser = new TarParser(sink);
    for await (const chunk of decompress(detectCompression(start), all)) parser.write(chunk);
    parser.end();
    // A decoder that knows the end of its stream by itself may have left something for the hash.
    await packed.drain();
  } catch (error) {
    options.signal.throwIfAborted();
    throw explain(error);
  } finally {
    sink.close();
    await packed.close();
  }
  const actual = packed.digest();
  if (options.sha256 !== undefined && options.sha256 !== actual) {
    throw new InstallerError(
      "integrity",
      `the portable store's tarball is not the one that the manifest names: its SHA-256 is ${actual}, not ${options.sha256}`,
      {
        object: "portable-store.sha256",
        hint: "Compare with sha256sum of the tarball that you mean.",
      },
    );
  }
  const store = sink.finish();
  await rm(join(options.directory, linksDirectory), { recursive: true, force: true });
  return store;
}

/** Errors of decoders come without a word about what was decoded; those of system calls and our own speak for themselves. */
function explain(error: unknown): unknown {
  const known = error instanceof InstallerError || !(error instanceof Error) || "syscall" in error;
  if (known) return error;
  return new InstallerError(
    "integrity",
    `the portable store's tarball is damaged or cut off: ${errorMessage(error)}`,
    {
      cause: error,
      object: "portable-store.tarball",
      hint: "Copy or download it again, and compare its SHA-256.",
    },
  );
}

/** A registration has some hundred bytes per store path. */
const maximumRegistration = 64 * 1024 * 1024;

/** Brings each entry of the archive to its place. */
class StoreSink implements TarSink {
  readonly #layout: TarballLayout;
  readonly #writer: TreeWriter;
  readonly #registration: Buffer[] = [];
  #place: Place = { kind: "ignored" };
  #hasRegistration = false;
  #hasDatabase = false;

  constructor(directory: string, system: string) {
    this.#layout = new TarballLayout(system);
    this.#writer = new TreeWriter(directory);
  }

  start(entry: TarEntry): void {
    this.#place = this.#layout.place(entry);
    switch (this.#place.kind) {
      case "tree":
        this.#writer.create(this.#place.path, entry, this.#hardLinkTarget(entry));
        break;
      case "database":
        this.#writer.create(this.#place.path, entry);
        this.#hasDatabase ||= this.#place.path.endsWith("/db.sqlite");
        break;
      case "registration":
        if (entry.size > maximumRegistration) {
          throw new TarError("its registration is too large", entry.name);
        }
        this.#hasRegistration = true;
        break;
      case "ignored":
        break;
    }
  }

  data(chunk: Uint8Array): void {
    if (this.#place.kind === "registration") this.#registration.push(Buffer.from(chunk));
    else if (this.#place.kind !== "ignored") this.#writer.write(chunk);
  }

  end(): void {
    this.#writer.endFile();
  }

  close(): void {
    this.#writer.close();
  }

  finish(): UnpackedStore {
    const names = this.#writer
      .childrenOf("store")
      .filter((path) => path !== linksDirectory)
      .map((path) => path.slice("store/".length));
    if (names.length === 0) throw incomplete("it holds no store path");
    if (!this.#hasRegistration && !this.#hasDatabase) {
      throw incomplete("it has neither a registration nor a database of its store paths");
    }
    this.#writer.finishBelow("store");
    const registration = Buffer.concat(this.#registration).toString("utf8");
    return {
      names,
      registration: this.#hasRegistration ? registration : undefined,
      database: this.#hasDatabase,
    };
  }

  #hardLinkTarget(entry: TarEntry): string | undefined {
    if (entry.kind !== "hard-link") return undefined;
    const place = this.#layout.place({ ...entry, kind: "file", name: entry.linkName });
    return place.kind === "tree" ? place.path : undefined;
  }
}
