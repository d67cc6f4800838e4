import type { Closure } from "../cache/closure.ts";
import { walkClosure } from "../cache/walk.ts";
import type { Manifest } from "../manifest/schema.ts";
import type { RunEvent } from "../run/events.ts";
import { formatSize } from "../values/size.ts";

/** What {@link walkCaches} needs of a run. */
export interface WalkRun {
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

/** What {@link walkCaches} found. */
export interface Walked {
  readonly closure: Closure;
  /** How long it took. */
  readonly seconds: number;
}

/**
 * Walks the closure of a manifest's system in its caches, and says what was found.
 *
 * @throws {InstallerError} as `walkClosure`.
 */
export async function walkCaches(
  { cache, system }: Manifest,
  { signal, emit }: WalkRun,
): Promise<Walked> {
  const say = (text: string) => emit({ type: "message", level: "info", text });
  say(`asking ${cache.substituters.join(", ")} for ${system.toplevel}`);
  const started = performance.now();
  const closure = await walkClosure({
    toplevel: system.toplevel,
    substituters: cache.substituters,
    trustedPublicKeys: cache["trusted-public-keys"],
    requireSignatures: cache["require-sigs"],
    connections: cache.connections,
    signal,
    log: (level, text) => emit({ type: "message", level, text }),
  });
  const seconds = (performance.now() - started) / 1000;
  const signed = cache["require-sigs"] ? "all signed by a trusted key" : "signatures NOT checked";
  say(
    `${closure.paths.length} store paths, ${signed}: ` +
      `${formatSize(closure.downloadSize)} to download, ${formatSize(closure.narSize)} unpacked`,
  );
  return { closure, seconds };
}
