import { redactUrl } from "../http/http-error.ts";
import type { StorePath } from "../nix/store-path.ts";
import { CacheHealth, failureLimit } from "./cache-health.ts";
import type { ClosurePath } from "./closure.ts";
import { askSubstituter, type LookupContext, noteAnswer, type Refusal } from "./lookup.ts";
import type { Substituter } from "./substituter.ts";
import type { TrustPolicy } from "./trust.ts";

/** What {@link AskedCache} needs. */
export interface AskedCacheContext extends LookupContext {
  readonly warn: (message: string) => void;
}

/** A {@link Refusal} of a request that was broken off because the cache had failed others. */
export interface BrokenOff extends Refusal {
  readonly brokenOff: true;
}

/** A cache that is asked for many paths, with a memory of whether it answers, and says what is true. */
export class AskedCache {
  readonly #substituter: Substituter;
  readonly #policy: TrustPolicy;
  readonly #context: AskedCacheContext;
  readonly #health: CacheHealth;

  /** @param isOnly Whether there is no other cache, so that giving up on it early is of no use. */
  constructor(
    substituter: Substituter,
    policy: TrustPolicy,
    context: AskedCacheContext,
    isOnly: boolean,
  ) {
    this.#substituter = substituter;
    this.#policy = {
      ...policy,
      requireSignatures: policy.requireSignatures && !substituter.trusted,
    };
    this.#context = context;
    const { client, signal, warn } = context;
    const limit = failureLimit(isOnly ? 1 : 2, client.settings.attempts);
    this.#health = new CacheHealth({ limit, signal, warn });
  }

  /** Its address. */
  get url(): string {
    return this.#substituter.url;
  }

  /** The higher, the later it is to be asked: see {@link CacheHealth.rank}. */
  get rank(): number {
    return this.#health.rank;
  }

  /** Asks for a path; whether it is there or not, an answer makes the cache one that is not down. */
  async ask(storePath: StorePath): Promise<ClosurePath | Refusal | BrokenOff> {
    const health = this.#health;
    const { url } = this.#substituter;
    try {
      const answer = await askSubstituter(url, storePath, this.#policy, {
        ...this.#context,
        signal: health.signal,
        staySecure: !this.#policy.requireSignatures,
        onRetry: (error, pause, attempt) => {
          this.#context.onRetry(error, pause, attempt);
          health.failed(error.message);
        },
      });
      noteAnswer(health, storePath, answer);
      return answer;
    } catch (error) {
      this.#context.signal.throwIfAborted();
      if (!CacheHealth.isBrokenOff(error)) throw error;
      const problem = `${redactUrl(url)} does not answer`;
      return { answer: problem, reason: "cache", transient: true, brokenOff: true };
    }
  }
}
