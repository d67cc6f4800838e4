import { makeCacheClient } from "../cache/cache-client.ts";
import { CacheMemory } from "../cache/cache-health.ts";
import { type Closure, isCopied } from "../cache/closure.ts";
import { ClosureReader, type NarSource } from "../cache/closure-reader.ts";
import type { KeptFiles } from "../cache/kept-files.ts";
import { type DumpContext, dumpNar } from "../cache/nix-store/dump-nar.ts";
import { type ReadCounts, readNar } from "../cache/read-nar.ts";
import { retryLogger } from "../http/retry-log.ts";
import { httpSettings } from "../http/settings.ts";
import { formatSize } from "../values/size.ts";
import { readSystem } from "./read-system.ts";
import type { SystemInfo } from "./system-info.ts";

/** What {@link readSystemFromCaches} needs. */
export interface ReadFromCachesContext extends DumpContext {
  /** Where files are kept for the pull. */
  readonly kept: KeptFiles;
  readonly log: (level: "debug" | "info" | "warning", message: string) => void;
}

/**
 * Asks a system that is on no disk yet what it is: gets the few files that tell it from the caches, and from stores that
 * only Nix can read where the caches do not have them.
 *
 * @throws {InstallerError} `cache` or `integrity` if a path of it cannot be had, `system` if what it says is malformed.
 */
export async function readSystemFromCaches(
  closure: Closure,
  context: ReadFromCachesContext,
): Promise<SystemInfo> {
  const { signal, log } = context;
  const client = makeCacheClient(httpSettings());
  const counts: ReadCounts = { requests: 0, resumed: 0, repeated: 0, bytes: 0 };
  const { substituters } = closure;
  const warn = (message: string) => log("warning", message);
  const caches = {
    client,
    signal,
    onRetry: retryLogger(log, client.settings),
    substituters,
    memory: new CacheMemory(substituters.length, client.settings.attempts, { signal, warn }),
    warn,
    counts,
    kept: context.kept,
  };
  const source: NarSource = (path, makeSink) =>
    isCopied(path) ? dumpNar(path, makeSink(), context) : readNar(path, makeSink, caches);
  const system = await readSystem(new ClosureReader(closure, source), closure);
  log("debug", `read the system in ${counts.requests} NARs, ${formatSize(counts.bytes)} of them`);
  return system;
}
