import { rmSync } from "node:fs";
import { join } from "node:path";
import { FileHashSink } from "../nix/file-hash-sink.ts";
import { parseHash } from "../nix/hash.ts";
import { parseStorePath, type StorePath } from "../nix/store-path.ts";
import { diskError } from "../store/disk-error.ts";
import { type AnyCacheContext, fromAnyCache } from "./any-cache.ts";
import type { ClosurePath } from "./closure.ts";
import type { FileLinks } from "./file-links.ts";
import { EqualFileLinker } from "./link-equal-files.ts";
import { NarFile, type RequestCounts } from "./nar-file.ts";
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
  readonly counts: RequestCounts & { files: number };
  readonly onBytes: (received: number) => void;
}

/**
 * Gets a path from the cache that offered it, or from the next one that has the same, and unpacks it into the
 * target's store. Whatever is there already by its name is removed first: it is not registered, so it is the rest of
 * an attempt that was broken off.
 *
 * @returns As {@link fromAnyCache}.
 * @throws {InstallerError} with reason `cache` if no cache delivers, `integrity` if what they deliver is not what it
 * should be, `disk` if the target cannot be written to.
 */
export async function fetchPath(path: ClosurePath, context: FetchContext): Promise<ClosurePath> {
  const storePath = parseStorePath(path.storePath);
  using files = new DisposableStack();
  return await fromAnyCache(path, context, (source, attempt) => {
    const file = files.use(
      new NarFile(source, { ...context, ...attempt, onBreak: context.onRetry }),
    );
    return () => fetchOnce(source, storePath, file, context);
  });
}

async function fetchOnce(
  path: ClosurePath,
  storePath: StorePath,
  file: NarFile,
  context: FetchContext,
): Promise<void> {
  const destination = join(context.storeDirectory, storePath.baseName);
  const { store, links, stopwatch, counts, onBytes } = context;
  const writer = new StorePathWriter(store, storePath);
  const root = Buffer.from(storePath.baseName);
  const tree = links === undefined ? writer : new EqualFileLinker({ writer, root, links });
  const { contentHash } = path;
  const sink = contentHash === undefined ? tree : new FileHashSink(tree, parseHash(contentHash));
  let isBegun = false;
  try {
    await file.transfer(() => {
      isBegun = true;
      rmSync(destination, { recursive: true, force: true });
      return { sink, stopwatch, onBytes };
    });
    counts.files += writer.files;
  } catch (error) {
    writer.close();
    if (isBegun) removeRest(destination);
    throw diskError(error, `${path.storePath} cannot be written`, { object: path.storePath });
  }
}

/** Removes what an attempt has left. Where that fails, too, the next run finds and removes it. */
function removeRest(destination: string): void {
  try {
    rmSync(destination, { recursive: true, force: true });
  } catch {
    // What the attempt itself failed of is what matters.
  }
}
