import { Coverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import { Refusal, type Target } from "./target.ts";

/** An input that shows a defect. */
export interface Failure {
  readonly input: Uint8Array;
  readonly message: string;
  /** The same for inputs that show the same defect. */
  readonly signature: string;
}

/** What a run has come to. */
export interface FuzzResult {
  readonly executions: number;
  readonly accepted: number;
  readonly branches: number;
  /** Inputs each of which takes a branch that those before it do not. */
  readonly corpus: readonly Uint8Array[];
  /** Some of the inputs that the parser has accepted. */
  readonly samples: readonly Uint8Array[];
  readonly failures: readonly Failure[];
}

/** How a run goes. */
export interface FuzzOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Inputs besides the target's own to begin with. */
  readonly corpus: readonly Uint8Array[];
  /** Told each input before it is tried: the process may not survive it. */
  readonly onInput: (input: Uint8Array) => void;
}

const longestByDefault = 16 * 1024;
const millisecondsByDefault = 300;

/** Bytes by which the process may grow through one input. */
const mostMemory = 384 * 1024 ** 2;

/** How many accepted inputs are kept to be compared with a real tool. */
const mostSamples = 400;

/** Names that every object has and none may get. */
const ownNames = Object.getOwnPropertyNames(Object.prototype).length;

/** Fuzzes one target: what takes a new branch is kept, and changed again. */
export class Fuzzer {
  readonly #target: Target;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #coverage = new Coverage();
  readonly #dictionary: readonly Uint8Array[];
  readonly #corpus: Uint8Array[] = [];
  readonly #samples: Uint8Array[] = [];
  readonly #failures = new Map<string, Failure>();
  #executions = 0;
  #accepted = 0;

  constructor(target: Target, options: FuzzOptions) {
    this.#target = target;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#dictionary = target.dictionary.map((word) => Buffer.from(word, "latin1"));
  }

  run(): FuzzResult {
    for (const input of [...this.#options.corpus, ...this.#target.seeds()]) this.#try(input, true);
    const end = performance.now() + this.#options.seconds * 1000;
    while (performance.now() < end) {
      for (let round = 0; round < 20; round++) this.#try(this.#next(), false);
    }
    return {
      executions: this.#executions,
      accepted: this.#accepted,
      branches: this.#coverage.branches,
      corpus: this.#corpus,
      samples: this.#samples,
      failures: [...this.#failures.values()],
    };
  }

  /** Makes an input that fails shorter, as long as it fails in the same way; gives up after some seconds. */
  shorten({ input, signature }: Failure): Uint8Array {
    let shortest = Buffer.from(input);
    const end = performance.now() + 3000;
    for (let size = shortest.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < shortest.length && performance.now() < end; ) {
        const shorter = Buffer.concat([shortest.subarray(0, at), shortest.subarray(at + size)]);
        if (this.#failureOf(shorter)?.signature === signature) shortest = shorter;
        else at += size;
      }
    }
    return shortest;
  }

  #next(): Uint8Array {
    const random = this.#random;
    const { generate, mend, longest = longestByDefault } = this.#target;
    if (generate !== undefined && random.oneIn(5)) return generate(random);
    const pool = this.#corpus.length === 0 ? [new Uint8Array()] : this.#corpus;
    // The newest are the most promising.
    const recent = random.oneIn(2) ? pool.slice(-32) : pool;
    const material = { other: random.pick(pool), dictionary: this.#dictionary };
    const mutated = mutate(random.pick(recent), random, material).subarray(0, longest);
    return mend === undefined || random.oneIn(10) ? mutated : mend(mutated, random);
  }

  #try(input: Uint8Array, isSeed: boolean): void {
    this.#options.onInput(input);
    const failure = this.#failureOf(input);
    if (failure !== undefined && !this.#failures.has(failure.signature)) {
      this.#failures.set(failure.signature, failure);
    }
    if (this.#coverage.add() && (isSeed || failure === undefined)) this.#corpus.push(input);
  }

  #failureOf(input: Uint8Array): Failure | undefined {
    const first = this.#execute(input);
    if (first?.isAboutLimits !== true) return first;
    // The machine may have been busy with something else: what is too slow is so each time.
    return this.#execute(input) === undefined ? undefined : this.#execute(input);
  }

  #execute(input: Uint8Array): (Failure & { readonly isAboutLimits: boolean }) | undefined {
    const fail = (message: string, signature: string, isAboutLimits: boolean) => ({
      input,
      message,
      signature,
      isAboutLimits,
    });
    this.#executions++;
    const memory = process.memoryUsage.rss();
    const before = process.cpuUsage();
    try {
      this.#target.run(Buffer.from(input), new Random(input.length));
      this.#accepted++;
      if (this.#samples.length < mostSamples) this.#samples.push(input);
      else this.#samples[this.#random.below(this.#accepted)] ??= input;
    } catch (error) {
      if (!(error instanceof Refusal)) return fail(messageOf(error), signatureOf(error), false);
    }
    if (Object.getOwnPropertyNames(Object.prototype).length !== ownNames) {
      return fail("the prototype of all objects has another property", "prototype", false);
    }
    const spent = process.cpuUsage(before).user / 1000;
    const { milliseconds = millisecondsByDefault } = this.#target;
    if (spent > milliseconds) {
      return fail(`it took ${spent.toFixed(0)} ms of processor time`, "time", true);
    }
    const grown = process.memoryUsage.rss() - memory;
    if (grown > mostMemory) return fail(`it took ${grown} bytes of memory`, "memory", true);
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The kind of the error and where it was thrown. */
function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return "thrown";
  const place = /\(?([^\s(]+\.ts:\d+)/.exec(error.stack ?? "")?.[1] ?? "";
  return `${error.name}: ${error.message.replaceAll(/[0-9]+|".*"/g, "").slice(0, 80)} ${place}`;
}
