import { InstallerError } from "../errors.ts";
import { redactUrl } from "../http/http-error.ts";
import { retry } from "../http/retry.ts";
import { parseStorePath, type StorePath } from "../nix/store-path.ts";
import type { ClosurePath } from "./closure.ts";
import { askSubstituter, isRefusal, type LookupContext, type Refusal } from "./lookup.ts";
import { unavailableError } from "./lookup-error.ts";

/** What getting a path from one of several caches needs. */
export interface AnyCacheContext extends LookupContext {
  /** Every cache, in the order in which they are asked. */
  readonly substituters: readonly string[];
  readonly warn: (message: string) => void;
}

/**
 * Gets a path from the cache that offered it, with as many attempts as the settings allow, or from the next one that has
 * the same.
 *
 * @param begin Called for each cache that offers it, gives what gets it once from there.
 * @throws {InstallerError} with reason `cache` if no cache delivers, `integrity` if what they deliver is not what it
 * should be; and at once whatever else an attempt throws.
 */
export async function fromAnyCache(
  path: ClosurePath,
  context: AnyCacheContext,
  begin: (source: ClosurePath) => () => Promise<void>,
): Promise<void> {
  const storePath = parseStorePath(path.storePath);
  const refusals: Refusal[] = [];
  for await (const source of sources(path, storePath, context, refusals)) {
    try {
      const { client, signal, onRetry } = context;
      await retry(begin(source), client.settings, signal, onRetry);
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
  context: AnyCacheContext,
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

/** The refusal of a cache that an error stands for; `undefined` for errors that no other cache would cure. */
function refusalFor(error: unknown): Refusal | undefined {
  if (!(error instanceof InstallerError)) return undefined;
  if (error.reason !== "cache" && error.reason !== "integrity") return undefined;
  return { answer: error.message, reason: error.reason };
}
