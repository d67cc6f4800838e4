import { redactUrl } from "../http/http-error.ts";
import type { StorePath } from "../nix/store-path.ts";
import type { ClosurePath } from "./closure.ts";
import { askSubstituter, isRefusal, type LookupContext, type Refusal } from "./lookup.ts";
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

/**
 * A cache that is asked for many paths, with a memory of whether it answers: without one, a cache that hangs in the
 * middle costs every path all attempts with their time limits.
 */
export class AskedCache {
  readonly #substituter: Substituter;
  readonly #policy: TrustPolicy;
  readonly #context: AskedCacheContext;
  /** Failures in a row after which it is taken to be down. */
  readonly #limit: number;
  #failures = 0;
  /** Aborted when it goes down: breaks off what is under way. */
  #down = new AbortController();
  #signal: AbortSignal;

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
    this.#limit = isOnly ? Number.POSITIVE_INFINITY : context.client.settings.attempts;
    this.#signal = AbortSignal.any([context.signal, this.#down.signal]);
  }

  /** Whether it has failed several times in a row and not answered since. */
  get isDown(): boolean {
    return this.#down.signal.aborted;
  }

  /** Asks for a path; whether it is there or not, an answer makes the cache one that is not down. */
  async ask(storePath: StorePath): Promise<ClosurePath | Refusal | BrokenOff> {
    const down = this.#down;
    try {
      const answer = await askSubstituter(this.#substituter.url, storePath, this.#policy, {
        ...this.#context,
        // The last resort once it is down: then nothing is broken off.
        signal: this.isDown ? this.#context.signal : this.#signal,
        staySecure: !this.#policy.requireSignatures,
        onRetry: (error, pause, attempt) => {
          this.#context.onRetry(error, pause, attempt);
          this.#failed(error.message);
        },
      });
      if (isRefusal(answer) && answer.transient === true) this.#failed(answer.answer);
      else this.#answered();
      return answer;
    } catch (error) {
      this.#context.signal.throwIfAborted();
      if (error !== down.signal.reason) throw error;
      const answer = `${redactUrl(this.#substituter.url)} does not answer`;
      return { answer, reason: "cache", transient: true, brokenOff: true };
    }
  }

  #answered(): void {
    this.#failures = 0;
    if (!this.isDown) return;
    this.#down = new AbortController();
    this.#signal = AbortSignal.any([this.#context.signal, this.#down.signal]);
  }

  #failed(problem: string): void {
    this.#failures++;
    if (this.#failures < this.#limit || this.isDown) return;
    this.#context.warn(
      `a cache failed ${this.#failures} times in a row and is asked last from now on: ${problem}`,
    );
    this.#down.abort(new Error("the cache is down"));
  }
}
