import { makeCacheClient } from "../cache/cache-client.ts";
import type { Closure } from "../cache/closure.ts";
import { ClosureReader } from "../cache/closure-reader.ts";
import type { ReadCounts } from "../cache/read-nar.ts";
import { defaultHttpSettings } from "../http/retry.ts";
import { retryLogger } from "../http/retry-log.ts";
import { formatSize } from "../values/size.ts";
import { readSystem } from "./read-system.ts";
import type { SystemInfo } from "./system-info.ts";

/** What {@link readSystemFromCaches} needs. */
export interface ReadFromCachesContext {
  readonly signal: AbortSignal;
  readonly log: (level: "debug" | "info" | "warning", message: string) => void;
}

/**
 * Asks a system that is on no disk yet what it is: gets the few files that tell it from the caches.
 *
 * @throws {InstallerError} `cache` or `integrity` if a path of it cannot be had, `system` if what it says is malformed.
 */
export async function readSystemFromCaches(
  closure: Closure,
  { signal, log }: ReadFromCachesContext,
): Promise<SystemInfo> {
  const client = makeCacheClient(defaultHttpSettings);
  const counts: ReadCounts = { requests: 0, bytes: 0 };
  const reader = new ClosureReader(closure, {
    client,
    signal,
    onRetry: retryLogger(log, client.settings),
    substituters: closure.substituters,
    warn: (message) => log("warning", message),
    counts,
  });
  const system = await readSystem(reader, closure);
  log("debug", `read the system in ${counts.requests} NARs, ${formatSize(counts.bytes)} of them`);
  return system;
}
