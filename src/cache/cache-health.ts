/** What {@link CacheHealth} needs. */
export interface CacheHealthOptions {
  /** Failures in a row after which a cache is taken to be down; infinity where there is no other. */
  readonly limit: number;
  /** Ends everything. */
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
}

/**
 * What is remembered of a cache while many paths are asked of it: without that, one that hangs in the middle costs every
 * path all attempts with their time limits, and one that lies is believed to the next word.
 */
export class CacheHealth {
  readonly #options: CacheHealthOptions;
  #failures = 0;
  #hasLied = false;
  /** Aborted when it goes down: breaks off what is under way. */
  #down = new AbortController();
  #signal: AbortSignal;

  constructor(options: CacheHealthOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#down.signal]);
  }

  /** Whether it has failed several times in a row and not answered since. */
  get isDown(): boolean {
    return this.#down.signal.aborted;
  }

  /** The higher, the later it is asked: 0 for a sound cache, 1 for one that is down, 2 for one that has lied. */
  get rank(): number {
    if (this.#hasLied) return 2;
    return this.isDown ? 1 : 0;
  }

  /** For a request that begins now. Once it is down, it is the last resort: then nothing is broken off. */
  get signal(): AbortSignal {
    return this.isDown ? this.#options.signal : this.#signal;
  }

  /** Whether an error is that of a request which was broken off because others had failed. */
  static isBrokenOff(error: unknown): boolean {
    return error instanceof BrokenOffError;
  }

  /** It has given what it was asked for, or said that it does not have it. */
  answered(): void {
    this.#failures = 0;
    if (!this.isDown) return;
    this.#down = new AbortController();
    this.#signal = AbortSignal.any([this.#options.signal, this.#down.signal]);
  }

  /** It has not answered, or in a way that may pass. */
  failed(problem: string): void {
    this.#failures++;
    if (this.#failures < this.#options.limit || this.isDown) return;
    this.#options.warn(
      `a cache failed ${this.#failures} times in a row and is asked last from now on: ${problem}`,
    );
    this.#down.abort(new BrokenOffError());
  }

  /** What it gave is not what was signed, or what it has promised itself. Everything else it gives is checked as well. */
  lied(problem: string): void {
    if (this.#hasLied) return;
    this.#hasLied = true;
    if (this.#options.limit === Number.POSITIVE_INFINITY) return;
    this.#options.warn(
      `a cache gave something else than it promised and is asked last from now on: ${problem}`,
    );
  }
}

/** Failures in a row after which a cache is taken to be down. Giving up on the only one early is of no use. */
export function failureLimit(count: number, attempts: number): number {
  return count === 1 ? Number.POSITIVE_INFINITY : attempts;
}

class BrokenOffError extends Error {
  constructor() {
    super("the cache is down");
    this.name = "BrokenOffError";
  }
}

/** The {@link CacheHealth} of all caches. */
export class CacheMemory {
  readonly #caches = new Map<string, CacheHealth>();
  readonly #options: CacheHealthOptions;

  /**
   * @param count How many caches there are.
   * @param attempts How often each is asked for the same: as many failures in a row are enough to call it down.
   */
  constructor(count: number, attempts: number, options: Omit<CacheHealthOptions, "limit">) {
    this.#options = { ...options, limit: failureLimit(count, attempts) };
  }

  /** @param url The cache's address. */
  of(url: string): CacheHealth {
    const known = this.#caches.get(url);
    if (known !== undefined) return known;
    const health = new CacheHealth(this.#options);
    this.#caches.set(url, health);
    return health;
  }

  /** The first of the best among some caches. */
  bestOf(urls: Iterable<string>): string | undefined {
    let best: string | undefined;
    for (const url of urls) {
      if (best === undefined || this.of(url).rank < this.of(best).rank) best = url;
    }
    return best;
  }
}
