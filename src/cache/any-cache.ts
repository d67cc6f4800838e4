import { InstallerError } from "../errors.ts";
import { HttpError, redactUrl } from "../http/http-error.ts";
import { type RetryListener, retry } from "../http/retry.ts";
import { parseStorePath } from "../nix/store-path.ts";
import { CacheHealth, type CacheMemory } from "./cache-health.ts";
import type { ClosurePath } from "./closure.ts";
import {
  askSubstituter,
  isRefusal,
  type LookupContext,
  noteAnswer,
  type Refusal,
} from "./lookup.ts";
import { unavailableError } from "./lookup-error.ts";

/** What getting a path from one of several caches needs. */
export interface AnyCacheContext extends LookupContext {
  /** Every cache, in the order in which they are asked. */
  readonly substituters: readonly string[];
  /** What is known of these caches from other paths. */
  readonly memory: CacheMemory;
  readonly warn: (message: string) => void;
}

/** What an attempt is told besides what a cache offers. */
interface AttemptContext {
  /** Ends it, also because the cache has gone down. */
  readonly signal: AbortSignal;
  readonly onRetry: RetryListener;
}

/** Gives what gets a path once, as a cache offers it; called for each cache that does. */
type BeginAttempts = (source: ClosurePath, context: AttemptContext) => () => Promise<void>;

/**
 * Gets a path from the cache that offered it, with as many attempts as the settings allow, or from the next one that has
 * the same. Caches that are down or have lied are asked last.
 *
 * @returns The path as the cache offered it that it was gotten from. Of one that is content-addressed, and not signed, NAR
 *   hash and size may be others than before: there the contents have the last word.
 * @throws {InstallerError} with reason `cache` if no cache delivers, `integrity` if what they deliver is not what it
 * should be; and at once whatever else an attempt throws.
 */
export async function fromAnyCache(
  path: ClosurePath,
  context: AnyCacheContext,
  begin: BeginAttempts,
): Promise<ClosurePath> {
  const refusals: Refusal[] = [];
  const untried = new Set([path.substituter, ...context.substituters]);
  for (;;) {
    const substituter = context.memory.bestOf(untried);
    if (substituter === undefined) break;
    const known = refusals.at(-1);
    if (known !== undefined) {
      context.warn(`${path.storePath}: ${known.answer}; asking the next cache`);
    }
    const outcome = await fromCache(substituter, path, context, begin);
    if (outcome === "broken off") continue;
    if (!isRefusal(outcome)) return outcome;
    untried.delete(substituter);
    refusals.push(outcome);
  }
  throw unavailableError(path.storePath, undefined, refusals);
}

/** Gets a path from one cache, and remembers how that was; gives the path as this cache offers it. */
async function fromCache(
  substituter: string,
  path: ClosurePath,
  context: AnyCacheContext,
  begin: BeginAttempts,
): Promise<ClosurePath | "broken off" | Refusal> {
  const { client } = context;
  const health = context.memory.of(substituter);
  const attempt: AttemptContext = {
    signal: health.signal,
    onRetry: (error, pause, count) => {
      context.onRetry(error, pause, count);
      health.failed(error.message);
    },
  };
  try {
    const source =
      substituter === path.substituter
        ? path
        : await offerOf(substituter, path, { ...context, ...attempt });
    if (isRefusal(source)) return source;
    await retry(begin(source, attempt), client.settings, attempt.signal, attempt.onRetry);
    health.answered();
    return source;
  } catch (error) {
    context.signal.throwIfAborted();
    if (CacheHealth.isBrokenOff(error)) return "broken off";
    const refusal = refusalFor(error);
    if (refusal === undefined) throw error;
    if (refusal.lied === true) health.lied(`${path.storePath}: ${refusal.answer}`);
    else if (refusal.transient === true) health.failed(refusal.answer);
    else health.answered();
    return refusal;
  }
}

/** The path as another cache offers it, or why that is of no use. */
async function offerOf(
  substituter: string,
  path: ClosurePath,
  context: AnyCacheContext,
): Promise<ClosurePath | Refusal> {
  const storePath = parseStorePath(path.storePath);
  // The NAR hash is already known from a source that is trusted.
  const policy = { keys: [], requireSignatures: false };
  const other = await askSubstituter(substituter, storePath, policy, context);
  noteAnswer(context.memory.of(substituter), storePath, other);
  if (isRefusal(other)) return other;
  if (!isSame(path, other)) {
    return {
      answer: `${redactUrl(substituter)} has another build of it (NAR hash ${other.narHash})`,
      reason: "cache",
    };
  }
  const { contentHash } = path;
  return { ...other, ...(contentHash === undefined ? {} : { contentHash }) };
}

/** Whether two offers must have the same contents, as far as anybody vouches for them. */
function isSame(path: ClosurePath, other: ClosurePath): boolean {
  if (other.narHash === path.narHash) return true;
  const { contentHash } = path;
  return contentHash !== undefined && other.contentHash === contentHash;
}

/** The refusal of a cache that an error stands for; `undefined` for errors that no other cache would cure. */
function refusalFor(error: unknown): Refusal | undefined {
  if (!(error instanceof InstallerError)) return undefined;
  if (error.reason !== "cache" && error.reason !== "integrity") return undefined;
  const { message: answer, reason } = error;
  if (!(error instanceof HttpError)) return { answer, reason, lied: reason === "integrity" };
  const { status, transient } = error;
  // Without a status there was no answer, however final it is that there will be none.
  return {
    answer,
    reason,
    transient: transient || status === undefined,
    ...(status === undefined ? {} : { status }),
  };
}
