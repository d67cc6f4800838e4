import { rmSync } from "node:fs";
import { join } from "node:path";
import { errorCode, errorMessage, InstallerError } from "../errors.ts";
import { FileHashSink } from "../nix/file-hash-sink.ts";
import { parseHash } from "../nix/hash.ts";
import { parseStorePath, type StorePath } from "../nix/store-path.ts";
import { type AnyCacheContext, fromAnyCache } from "./any-cache.ts";
import type { ClosurePath } from "./closure.ts";
import type { FileLinks } from "./file-links.ts";
import { EqualFileLinker } from "./link-equal-files.ts";
import { NarTransfer } from "./nar-transfer.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { StorePathWriter } from "./unpack.ts";

/** What fetching store paths needs. */
export interface FetchContext extends AnyCacheContext {
  /** The target's store directory. */
  readonly storeDirectory: string;
  /** A descriptor of it. */
  readonly store: number;
  /** Where equal files are found, if they are to be links of one. */
  readonly links: FileLinks | undefined;
  readonly stopwatch: Stopwatch;
  /** What was done so far: NARs asked for, and files written. */
  readonly counts: { requests: number; files: number };
  readonly onBytes: (received: number) => void;
}

/**
 * Gets a path from the cache that offered it, or from the next one that has the same, and unpacks it into the
 * target's store. Whatever is there already by its name is removed first: it is not registered, so it is the rest of
 * an attempt that was broken off.
 *
 * @throws {InstallerError} with reason `cache` if no cache delivers, `integrity` if what they deliver is not what it
 * should be, `disk` if the target cannot be written to.
 */
export async function fetchPath(path: ClosurePath, context: FetchContext): Promise<void> {
  const storePath = parseStorePath(path.storePath);
  await fromAnyCache(path, context, (source) => fetchOnce(source, storePath, context));
}

async function fetchOnce(
  path: ClosurePath,
  storePath: StorePath,
  context: FetchContext,
): Promise<void> {
  const destination = join(context.storeDirectory, storePath.baseName);
  const { client, signal, store, links, stopwatch, counts, onBytes } = context;
  counts.requests++;
  const answer = await client.open(path.narUrl, { signal, compression: path.compression });
  const writer = new StorePathWriter(store, storePath);
  const root = Buffer.from(storePath.baseName);
  const tree = links === undefined ? writer : new EqualFileLinker({ writer, root, links });
  const { contentHash } = path;
  const sink = contentHash === undefined ? tree : new FileHashSink(tree, parseHash(contentHash));
  try {
    rmSync(destination, { recursive: true, force: true });
    await new NarTransfer({ path, answer, sink, stopwatch, onBytes }).run();
    counts.files += writer.files;
  } catch (error) {
    writer.close();
    rmSync(destination, { recursive: true, force: true });
    throw diskError(error, path.storePath) ?? error;
  } finally {
    answer.close();
  }
}

/** Makes a failed system call the user's: what cannot be written is the disk's fault. */
function diskError(error: unknown, storePath: string): InstallerError | undefined {
  const code = errorCode(error);
  if (code === undefined || (error instanceof InstallerError && error.reason !== "bug"))
    return undefined;
  const full = code === "ENOSPC" || code === "EDQUOT";
  const problem = full ? "the target's file system is full" : errorMessage(error);
  return new InstallerError("disk", `${storePath} cannot be written: ${problem}`, {
    cause: error,
    object: storePath,
    ...(full ? { hint: "Make the file system that holds /nix larger, or install less." } : {}),
  });
}
