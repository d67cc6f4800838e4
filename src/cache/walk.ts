import { HttpClient } from "../http/http-client.ts";
import { defaultHttpSettings, type HttpSettings } from "../http/retry.ts";
import { retryLogger } from "../http/retry-log.ts";
import { parsePublicKey } from "../nix/signature.ts";
import { parseStorePath } from "../nix/store-path.ts";
import type { Progress } from "../run/step.ts";
import { type Closure, type ClosurePath, downloadSize } from "./closure.ts";
import { inDependencyOrder } from "./closure-order.ts";
import {
  askSubstituter,
  isAbsence,
  isRefusal,
  type LookupContext,
  type Refusal,
} from "./lookup.ts";
import { unavailableError } from "./lookup-error.ts";
import { openSubstituters } from "./substituter.ts";
import type { TrustPolicy } from "./trust.ts";

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
  /** Requests at once. */
  readonly connections: number;
  readonly signal: AbortSignal;
  /** Paths found of those known so far, in items. */
  readonly onProgress?: (progress: Progress) => void;
  readonly log?: (level: "debug" | "info" | "warning", message: string) => void;
  /** Default: {@link defaultHttpSettings}. */
  readonly http?: HttpSettings;
}

/**
 * Finds a store path and everything it refers to in the caches, without getting any of it: each path is asked for
 * once, of one cache after the other until one offers it and can be trusted.
 *
 * @throws {InstallerError} with reason `cache` if a path is nowhere to be had, `integrity` if what is offered is not
 * what it is signed to be or signed by nobody trusted. It names the path, the path that refers to it, and what each
 * cache said.
 */
export async function walkClosure(options: WalkOptions): Promise<Closure> {
  const log = options.log ?? (() => {});
  const client = new HttpClient(options.http ?? defaultHttpSettings);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const onRetry = retryLogger(log, client.settings);
  const policy = {
    keys: options.trustedPublicKeys.map(parsePublicKey),
    requireSignatures: options.requireSignatures,
  };
  const warn = (message: string) => log("warning", message);
  const opened = await openSubstituters(options.substituters, client, signal, { warn, onRetry });
  const substituters = opened.map(({ url }) => url);
  const context = { client, signal, onRetry, staySecure: !options.requireSignatures, warn };
  const walk = new Walk(substituters, policy, context, options.onProgress);
  try {
    const paths = inDependencyOrder(await walk.run(options.toplevel, options.connections));
    return {
      toplevel: options.toplevel,
      substituters,
      paths,
      downloadSize: paths.reduce((sum, path) => sum + downloadSize(path), 0),
      narSize: paths.reduce((sum, path) => sum + path.narSize, 0),
    };
  } finally {
    stop.abort();
  }
}

/** What a walk needs. */
interface WalkContext extends LookupContext {
  readonly warn: (message: string) => void;
}

/** A walk under way. */
class Walk {
  readonly #substituters: readonly string[];
  readonly #policy: TrustPolicy;
  readonly #context: WalkContext;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  /** Every path seen, with the path that led to it. */
  readonly #seen = new Map<string, string | undefined>();
  readonly #queue: string[] = [];
  readonly #found: ClosurePath[] = [];

  constructor(
    substituters: readonly string[],
    policy: TrustPolicy,
    context: WalkContext,
    onProgress: ((progress: Progress) => void) | undefined,
  ) {
    this.#substituters = substituters;
    this.#policy = policy;
    this.#context = context;
    this.#onProgress = onProgress;
  }

  async run(toplevel: string, connections: number): Promise<readonly ClosurePath[]> {
    this.#see(toplevel, undefined);
    const active = new Set<Promise<void>>();
    while (this.#queue.length > 0 || active.size > 0) {
      const next = active.size < connections ? this.#queue.shift() : undefined;
      if (next === undefined) {
        await Promise.race(active);
        continue;
      }
      const visit: Promise<void> = this.#visit(next).finally(() => active.delete(visit));
      active.add(visit);
    }
    return this.#found;
  }

  #see(storePath: string, referrer: string | undefined): void {
    if (this.#seen.has(storePath)) return;
    this.#seen.set(storePath, referrer);
    this.#queue.push(storePath);
  }

  async #visit(storePath: string): Promise<void> {
    const path = await this.#find(storePath);
    this.#found.push(path);
    for (const reference of path.references) this.#see(reference, storePath);
    this.#onProgress?.({
      done: this.#found.length,
      total: this.#seen.size,
      unit: "items",
      detail: storePath,
    });
  }

  async #find(storePath: string): Promise<ClosurePath> {
    const refusals: Refusal[] = [];
    for (const substituter of this.#substituters) {
      const path = parseStorePath(storePath);
      const answer = await askSubstituter(substituter, path, this.#policy, this.#context);
      if (isRefusal(answer)) {
        refusals.push(answer);
        continue;
      }
      for (const refusal of refusals) {
        if (isAbsence(refusal)) continue;
        this.#context.warn(`${storePath} is taken from the next cache: ${refusal.answer}`);
      }
      return answer;
    }
    throw unavailableError(storePath, this.#seen.get(storePath), refusals);
  }
}
