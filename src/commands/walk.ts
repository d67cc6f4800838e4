import type { Closure } from "../cache/closure.ts";
import { NixStores } from "../cache/nix-store/nix-stores.ts";
import { PathInfoQuery } from "../cache/nix-store/path-info-query.ts";
import { isNixStore, storeName } from "../cache/nix-store/store-address.ts";
import { parseSubstituterAddress } from "../cache/substituter-address.ts";
import { walkClosure } from "../cache/walk.ts";
import type { Manifest } from "../manifest/schema.ts";
import { parsePublicKey } from "../nix/signature.ts";
import type { RunEvent } from "../run/events.ts";
import { execBeforehand } from "../store/portable/unpack-beforehand.ts";
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

/** The manifest's substituters that only the portable store's Nix can read; `undefined` without any. */
function nixStores(cache: Manifest["cache"], { signal, emit }: WalkRun): NixStores | undefined {
  const stores = cache.substituters.filter(isNixStore);
  if (stores.length === 0) return undefined;
  const trustedPublicKeys = cache["trusted-public-keys"];
  const requireSignatures = cache["require-sigs"];
  const log = (level: "debug" | "info" | "warning", text: string) =>
    emit({ type: "message", level, text });
  return new NixStores({
    stores,
    query: new PathInfoQuery(
      (argv, options) => execBeforehand(argv, options, { signal, log }),
      { trustedPublicKeys, requireSignatures },
      signal,
    ),
    policy: { keys: trustedPublicKeys.map(parsePublicKey), requireSignatures },
    recursive: stores.length === cache.substituters.length,
  });
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
  const names = cache.substituters.map((each) => (isNixStore(each) ? storeName(each) : each));
  const activity = `asking ${names.join(", ")} for ${system.toplevel}`;
  emit({ type: "activity", text: activity });
  const started = performance.now();
  const stores = nixStores(cache, { signal, emit });
  const closure = await walkClosure({
    toplevel: system.toplevel,
    substituters: cache.substituters.filter((substituter) => !isNixStore(substituter)),
    ...(stores === undefined ? {} : { stores }),
    trustedPublicKeys: cache["trusted-public-keys"],
    requireSignatures: cache["require-sigs"],
    connections: cache.connections,
    signal,
    log: (level, text) => emit({ type: "message", level, text }),
    onProgress: (progress) => emit({ type: "activity", text: activity, progress }),
  });
  emit({ type: "activity" });
  const seconds = (performance.now() - started) / 1000;
  say(
    `${closure.paths.length + (closure.copies?.length ?? 0)} store paths, ${trustIn(cache)}: ` +
      `${formatSize(closure.downloadSize)} to download, ${formatSize(closure.narSize)} unpacked`,
  );
  return { closure, seconds };
}

/** Why what was found is taken. */
function trustIn({ substituters, "require-sigs": requireSignatures }: Manifest["cache"]): string {
  if (!requireSignatures) return "signatures NOT checked";
  return substituters.some(isTrusted)
    ? "all signed by a trusted key or from a trusted cache"
    : "all signed by a trusted key";
}

/** Whether a cache is believed without signatures, by `?trusted=1` in its address. */
function isTrusted(substituter: string): boolean {
  return !isNixStore(substituter) && parseSubstituterAddress(substituter).trusted;
}
