import { InstallerError } from "../../errors.ts";
import { formatHash } from "../../nix/hash.ts";
import type { PathInfo } from "../../nix/path-info.ts";
import type { Refusal } from "../lookup.ts";
import { judge, type TrustPolicy } from "../trust.ts";
import type { CopiedPath } from "./copied-path.ts";
import { isIncompleteClosure, type PathInfoQuery } from "./path-info-query.ts";
import { storeName } from "./store-address.ts";
import { storeRefusal } from "./store-error.ts";

/** What {@link NixStores} needs. */
export interface NixStoresOptions {
  /** As in the manifest, in the order in which they are asked. */
  readonly stores: readonly string[];
  readonly query: PathInfoQuery;
  readonly policy: TrustPolicy;
  /**
   * Whether whole closures are asked for at once: right where all paths come from stores, too much where caches have
   * most of them.
   */
  readonly recursive: boolean;
}

/** Stores that are left to Nix, as a walk asks them: for paths that no cache has. */
export class NixStores {
  readonly #stores: readonly AskedStore[];
  readonly #policy: TrustPolicy;

  constructor({ stores, query, policy, recursive }: NixStoresOptions) {
    this.#policy = policy;
    this.#stores = stores.map((store) => new AskedStore(store, query, recursive));
  }

  /**
   * Asks one store after the other for a path, until one offers it and can be trusted.
   *
   * @returns What it offers, or why each of them was of no use.
   */
  async ask(storePath: string): Promise<CopiedPath | readonly Refusal[]> {
    const refusals: Refusal[] = [];
    for (const asked of this.#stores) {
      const answer = await asked.ask(storePath);
      if (!("narHash" in answer)) {
        refusals.push(answer);
        continue;
      }
      const verdict = judge(answer, this.#policy);
      if (verdict.trusted) return toCopiedPath(answer, asked.store);
      refusals.push({
        answer: `${storeName(asked.store)} has it, but ${verdict.problem}`,
        reason: "integrity",
        untrusted: true,
        references: answer.references.map(String),
      });
    }
    return refusals;
  }
}

function toCopiedPath(info: PathInfo, store: string): CopiedPath {
  return {
    storePath: info.storePath.toString(),
    store,
    narHash: formatHash(info.narHash),
    narSize: info.narSize,
    references: info.references.map(String),
  };
}

/** One store; what is asked for while it answers is asked for in one go afterwards. */
class AskedStore {
  readonly store: string;
  readonly #query: PathInfoQuery;
  readonly #known = new Map<string, PathInfo | undefined>();
  /** Paths that are to be asked for. */
  #waiting = new Set<string>();
  #round: Promise<void> | undefined;
  #recursive: boolean;
  /** Why it cannot be used at all. */
  #failure: Refusal | undefined;

  constructor(store: string, query: PathInfoQuery, recursive: boolean) {
    this.store = store;
    this.#query = query;
    this.#recursive = recursive;
  }

  async ask(storePath: string): Promise<PathInfo | Refusal> {
    while (this.#failure === undefined && !this.#known.has(storePath)) {
      this.#waiting.add(storePath);
      this.#round ??= this.#ask().finally(() => {
        this.#round = undefined;
      });
      await this.#round;
    }
    const info = this.#known.get(storePath);
    if (info !== undefined) return info;
    if (this.#failure !== undefined) return this.#failure;
    return { answer: `${storeName(this.store)} does not have it`, reason: "cache", status: 404 };
  }

  async #ask(): Promise<void> {
    const paths = [...this.#waiting];
    this.#waiting = new Set();
    try {
      const infos = await this.#infos(paths);
      for (const path of paths) this.#known.set(path, undefined);
      for (const [path, info] of infos) this.#known.set(path, info);
    } catch (error) {
      if (!(error instanceof InstallerError) || error.reason === "interrupted") throw error;
      this.#failure = storeRefusal(this.store, error);
    }
  }

  async #infos(paths: readonly string[]): Promise<Map<string, PathInfo | undefined>> {
    try {
      if (this.#recursive) return await this.#query.ask(this.store, paths, true);
    } catch (error) {
      if (!isIncompleteClosure(error)) throw error;
      // A cache that holds only what others do not have is asked for one path after the other.
      this.#recursive = false;
    }
    return await this.#query.ask(this.store, paths, false);
  }
}
