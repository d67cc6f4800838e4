import { rmSync } from "node:fs";
import { join } from "node:path";
import { errorCode, errorMessage, InstallerError } from "../errors.ts";
import { redactUrl } from "../http/http-error.ts";
import { retry } from "../http/retry.ts";
import { FileHashSink } from "../nix/file-hash-sink.ts";
import { parseHash } from "../nix/hash.ts";
import { parseStorePath, type StorePath } from "../nix/store-path.ts";
import type { ClosurePath } from "./closure.ts";
import type { FileLinks } from "./file-links.ts";
import { EqualFileLinker } from "./link-equal-files.ts";
import { askSubstituter, isRefusal, type LookupContext, type Refusal } from "./lookup.ts";
import { unavailableError } from "./lookup-error.ts";
import { NarTransfer } from "./nar-transfer.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { StorePathWriter } from "./unpack.ts";

/** What fetching store paths needs. */
export interface FetchContext extends LookupContext {
  /** The target's store directory. */
  readonly storeDirectory: string;
  /** A descriptor of it. */
  readonly store: number;
  /** Where equal files are found, if they are to be links of one. */
  readonly links: FileLinks | undefined;
  /** Every cache, in the order in which they are asked. */
  readonly substituters: readonly string[];
  readonly stopwatch: Stopwatch;
  /** What was done so far: NARs asked for, and files written. */
  readonly counts: { requests: number; files: number };
  readonly onBytes: (received: number) => void;
  readonly warn: (message: string) => void;
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
  const refusals: Refusal[] = [];
  for await (const source of sources(path, storePath, context, refusals)) {
    try {
      const attempt = () => fetchOnce(source, storePath, context);
      await retry(attempt, context.client.settings, context.signal, context.onRetry);
      return;
    } catch (error) {
      context.signal.throwIfAborted();
      const refusal = refusalFor(error);
      if (refusal === undefined) throw error;
      refusals.push(refusal);
    }
  }
  throw unavailableError(path.storePath, undefined, refusals);
}

/** The path as one cache after the other offers it; why one does not is added to `refusals`. */
async function* sources(
  path: ClosurePath,
  storePath: StorePath,
  context: FetchContext,
  refusals: Refusal[],
): AsyncGenerator<ClosurePath, void> {
  yield path;
  // The NAR hash is already known from a source that is trusted.
  const policy = { keys: [], requireSignatures: false };
  for (const substituter of context.substituters) {
    if (substituter === path.substituter) continue;
    context.warn(`${refusals.at(-1)?.answer}; asking the next cache`);
    const other = await askSubstituter(substituter, storePath, policy, context);
    if (isRefusal(other)) {
      refusals.push(other);
    } else if (other.narHash !== path.narHash || other.narSize !== path.narSize) {
      refusals.push({
        answer: `${redactUrl(substituter)} has another build of it (NAR hash ${other.narHash})`,
        reason: "cache",
      });
    } else {
      const { contentHash } = path;
      yield { ...other, ...(contentHash === undefined ? {} : { contentHash }) };
    }
  }
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

/** The refusal of a cache that an error stands for; `undefined` for errors that no other cache would cure. */
function refusalFor(error: unknown): Refusal | undefined {
  if (!(error instanceof InstallerError)) return undefined;
  if (error.reason !== "cache" && error.reason !== "integrity") return undefined;
  return { answer: error.message, reason: error.reason };
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
