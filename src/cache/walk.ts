import type { HttpSettings } from "../http/retry.ts";
import { retryLogger } from "../http/retry-log.ts";
import { httpSettings } from "../http/settings.ts";
import { parsePublicKey } from "../nix/signature.ts";
import { parseStorePath } from "../nix/store-path.ts";
import type { Progress } from "../run/step.ts";
import { AskedCache } from "./asked-cache.ts";
import { makeCacheClient } from "./cache-client.ts";
import {
  type Closure,
  type ClosurePath,
  isCopied,
  totalDownloadSize,
  totalNarSize,
} from "./closure.ts";
import { inDependencyOrder } from "./closure-order.ts";
import { IncompleteClosureError, type UnavailablePath } from "./incomplete-closure.ts";
import { isAbsence, isRefusal, type Refusal } from "./lookup.ts";
import { unavailableError } from "./lookup-error.ts";
import type { CopiedPath } from "./nix-store/copied-path.ts";
import { openSubstituters } from "./substituter.ts";

/** What {@link walkClosure} is told. */
export interface WalkOptions {
  /** `/nix/store/<hash>-<name>` */
  readonly toplevel: string;
  /** Addresses of binary caches, as `substituters` of nix.conf. */
  readonly substituters: readonly string[];
  /** `name:base64` each, as `trusted-public-keys` of nix.conf. */
  readonly trustedPublicKeys: readonly string[];
  /** As `require-sigs` of nix.conf: when `false`, whatever the caches say is believed. */
  readonly requireSignatures: boolean;
  /** Requests for NARs at once; of narinfos, which are tiny, there are {@link narInfoRequests}. */
  readonly connections: number;
  readonly signal: AbortSignal;
  /** Paths found of those known so far, in items. */
  readonly onProgress?: (progress: Progress) => void;
  readonly log?: (level: "debug" | "info" | "warning", message: string) => void;
  /** Default: {@link httpSettings}. */
  readonly http?: HttpSettings;
  /** Is asked for the paths that no cache has; then there need be no caches. */
  readonly stores?: OtherStores;
}

/** What may have the paths that no cache has. */
interface OtherStores {
  /** @returns What is offered, or why there is nothing. */
  readonly ask: (storePath: string) => Promise<CopiedPath | readonly Refusal[]>;
}

/** How many paths may be unavailable before no more are looked for: who signs nothing can make up paths without end. */
const mostUnavailable = 1000;

/** How many narinfos are worth as much as a NAR. */
const narInfosPerNar = 4;

/** Below the 256 that Bun has for the whole process (`BUN_CONFIG_MAX_HTTP_REQUESTS`). */
const maximumRequests = 200;

/**
 * Requests for narinfos at once. They wait for the network and for nothing else, so that more of them pay than of NARs.
 *
 * @param connections Requests for NARs at once.
 */
function narInfoRequests(connections: number): number {
  return Math.min(connections * narInfosPerNar, maximumRequests);
}

/**
 * Finds a store path and everything it refers to in the caches, without getting any of it: each path is asked for
 * once, of one cache after the other until one offers it and can be trusted.
 *
 * @throws {IncompleteClosureError} with reason `cache` if paths are nowhere to be had, `integrity` if what is offered is
 * not what it is signed to be or signed by nobody trusted. It names all of them, the paths that refer to them, and what
 * each cache said. {@link InstallerError} at once if a cache fails.
 */
export async function walkClosure(options: WalkOptions): Promise<Closure> {
  const log = options.log ?? (() => {});
  const client = makeCacheClient(options.http ?? httpSettings());
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const onRetry = retryLogger(log, client.settings);
  const policy = {
    keys: options.trustedPublicKeys.map(parsePublicKey),
    requireSignatures: options.requireSignatures,
  };
  const warn = (message: string) => log("warning", message);
  try {
    const listener = { warn, onRetry };
    const hasStores = options.stores !== undefined;
    const opened = await openSubstituters(
      options.substituters,
      client,
      signal,
      listener,
      hasStores,
    );
    const context = { client, signal, onRetry, warn };
    const isOnly = opened.length === 1 && !hasStores;
    const caches = opened.map(
      (substituter) => new AskedCache(substituter, policy, context, isOnly),
    );
    const walk = new Walk(caches, options.stores, warn, options.onProgress);
    const requests = narInfoRequests(options.connections);
    const found = inDependencyOrder(await walk.run(options.toplevel, requests));
    const best = caches.toSorted((one, other) => one.rank - other.rank);
    const copies = found.filter(isCopied);
    return {
      toplevel: options.toplevel,
      substituters: best.map(({ url }) => url),
      paths: found.flatMap((path) => (isCopied(path) ? [] : [path])),
      ...(copies.length === 0 ? {} : { copies }),
      downloadSize: totalDownloadSize(found),
      narSize: totalNarSize(found),
    };
  } finally {
    stop.abort();
  }
}

/** A path that a walk has come upon. */
interface SeenPath {
  readonly storePath: string;
  /** The path that led to it; `undefined` for the toplevel. */
  readonly referrer: string | undefined;
}

/** A walk under way. */
class Walk {
  readonly #caches: readonly AskedCache[];
  readonly #stores: OtherStores | undefined;
  readonly #warn: (message: string) => void;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  /** Every path seen, by its name. */
  readonly #seen = new Map<string, SeenPath>();
  /** The paths of {@link #seen} in their order; those from {@link #next} on have not been asked for. */
  readonly #queue: SeenPath[] = [];
  #next = 0;
  #active = 0;
  readonly #found: (ClosurePath | CopiedPath)[] = [];
  readonly #unavailable: UnavailablePath[] = [];
  readonly #finished = Promise.withResolvers<void>();

  constructor(
    caches: readonly AskedCache[],
    stores: OtherStores | undefined,
    warn: (message: string) => void,
    onProgress: ((progress: Progress) => void) | undefined,
  ) {
    this.#caches = caches;
    this.#stores = stores;
    this.#warn = warn;
    this.#onProgress = onProgress;
  }

  async run(toplevel: string, requests: number): Promise<readonly (ClosurePath | CopiedPath)[]> {
    this.#see(toplevel, undefined);
    this.#start(requests);
    await this.#finished.promise;
    if (this.#unavailable.length === 0) return this.#found;
    const isAll = this.#unavailable.length < mostUnavailable;
    throw new IncompleteClosureError(this.#unavailable, isAll);
  }

  /** Notes a path; all mentions of it get the same string, since a path has about ten referrers. */
  #see(storePath: string, referrer: string | undefined): string {
    const known = this.#seen.get(storePath);
    if (known !== undefined) return known.storePath;
    const seen = { storePath, referrer };
    this.#seen.set(storePath, seen);
    this.#queue.push(seen);
    return storePath;
  }

  /** Asks for further paths, as many at once as may be. */
  #start(requests: number): void {
    for (; this.#active < requests; this.#active++) {
      const path = this.#queue[this.#next];
      if (path === undefined) break;
      this.#next++;
      void this.#goOn(path, requests);
    }
    if (this.#active === 0) this.#finished.resolve();
  }

  /** Visits a path, and then starts on those it led to. */
  async #goOn(path: SeenPath, requests: number): Promise<void> {
    try {
      await this.#visit(path);
      this.#active--;
      this.#start(requests);
    } catch (error) {
      this.#finished.reject(error);
    }
  }

  async #visit(seen: SeenPath): Promise<void> {
    const { storePath } = seen;
    const path = await this.#find(seen);
    if (path === undefined) return;
    const references = path.references.map((reference) => this.#see(reference, storePath));
    this.#found.push({ ...path, storePath, references });
    this.#onProgress?.({
      done: this.#found.length,
      total: this.#seen.size,
      unit: "items",
      detail: storePath,
    });
  }

  /** @returns `undefined` for a path that is noted as unavailable. */
  async #find(seen: SeenPath): Promise<ClosurePath | CopiedPath | undefined> {
    const { storePath } = seen;
    const parsed = parseStorePath(storePath);
    const refusals: Refusal[] = [];
    const untried = new Set(this.#caches);
    for (;;) {
      // In their order, but those that are down or have lied only when no other has the path.
      const [cache] = [...untried].toSorted((one, other) => one.rank - other.rank);
      if (cache === undefined) break;
      const answer = await cache.ask(parsed);
      if (!isRefusal(answer)) {
        this.#warnOf(storePath, refusals);
        return answer;
      }
      if ("brokenOff" in answer) continue;
      untried.delete(cache);
      refusals.push(answer);
    }
    const other = (await this.#stores?.ask(storePath)) ?? [];
    if ("narHash" in other) {
      this.#warnOf(storePath, refusals);
      return other;
    }
    this.#miss(seen, [...refusals, ...other]);
    return undefined;
  }

  /** Notes a path that the caches lack, or have without a signature that counts; else a cache has failed. */
  #miss({ storePath, referrer }: SeenPath, refusals: readonly Refusal[]): void {
    if (!refusals.every((refusal) => isAbsence(refusal) || refusal.untrusted === true)) {
      throw unavailableError(storePath, referrer, refusals);
    }
    this.#unavailable.push({ storePath, referrers: this.#referrersOf(referrer), refusals });
    if (this.#unavailable.length >= mostUnavailable) return;
    // Nobody vouches for them, but if they are unavailable, too, it is better told at once.
    const references = refusals.find((refusal) => refusal.references !== undefined)?.references;
    for (const reference of references ?? []) this.#see(reference, storePath);
  }

  /** The path that led to a path, the one that led to that, and so on. */
  #referrersOf(referrer: string | undefined): string[] {
    const chain: string[] = [];
    let next = referrer;
    while (next !== undefined) {
      chain.push(next);
      next = this.#seen.get(next)?.referrer;
    }
    return chain;
  }

  #warnOf(storePath: string, refusals: readonly Refusal[]): void {
    for (const refusal of refusals) {
      if (isAbsence(refusal)) continue;
      this.#warn(`${storePath} is taken from the next cache: ${refusal.answer}`);
    }
  }
}
