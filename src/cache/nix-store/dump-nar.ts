import { InstallerError } from "../../errors.ts";
import { formatHash, type Hash, parseHash } from "../../nix/hash.ts";
import { NarParser } from "../../nix/nar.ts";
import type { NarSink } from "../../nix/nar-sink.ts";
import type { CommandOptions } from "../../run/command.ts";
import { portableProgram } from "../../store/portable/nix.ts";
import type { CopiedPath } from "./copied-path.ts";
import { type StoreTrust, storeEnvironment } from "./environment.ts";
import { storeCommandAddress, storeName } from "./store-address.ts";
import { storeRefusal } from "./store-error.ts";

/** What {@link dumpNar} needs. */
export interface DumpContext {
  /** Runs a program of the portable store. */
  readonly execute: (argv: readonly string[], options: CommandOptions) => Promise<unknown>;
  readonly trust: StoreTrust;
  readonly signal: AbortSignal;
}

/**
 * Has the portable store's Nix read a path from a store that only it can read, hands its NAR to a sink as it comes, and
 * checks size and hash at its end. What the sink throws ends it at once and comes through.
 *
 * @throws {InstallerError} `cache` if the store cannot be read, `integrity` if the path is not what it was found to be.
 */
export async function dumpNar(
  path: CopiedPath,
  sink: NarSink,
  { execute, trust, signal }: DumpContext,
): Promise<void> {
  const { storePath, store } = path;
  const enough = new AbortController();
  const receiver = new NarReceiver(sink);
  const argv = [
    portableProgram("nix"),
    "store",
    "dump-path",
    "--store",
    storeCommandAddress(store).url,
    storePath,
  ];
  try {
    await execute(argv, {
      environment: storeEnvironment(store, trust),
      signal: AbortSignal.any([signal, enough.signal]),
      reason: "cache",
      object: storePath,
      onOutput: (chunk) => {
        receiver.receive(chunk);
        if (receiver.failure !== undefined) enough.abort();
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (receiver.failure !== undefined) throw receiver.failure.error;
    if (!(error instanceof InstallerError)) throw error;
    const { answer, hint } = storeRefusal(store, error);
    const options = { object: storePath, cause: error, ...(hint === undefined ? {} : { hint }) };
    throw new InstallerError("cache", `${storePath} cannot be read: ${answer}`, options);
  }
  receiver.end(path);
}

/** Parses a NAR and sums it up. */
class NarReceiver {
  readonly #parser: NarParser;
  readonly #hasher = new Bun.CryptoHasher("sha256");
  #received = 0;
  failure: { readonly error: unknown } | undefined;

  constructor(sink: NarSink) {
    this.#parser = new NarParser(sink);
  }

  receive(chunk: Uint8Array): void {
    if (this.failure !== undefined) return;
    this.#received += chunk.length;
    this.#hasher.update(chunk);
    this.#attempt(() => this.#parser.write(chunk));
  }

  /** @throws {InstallerError} if it was another NAR than that of a path. */
  end({ storePath, store, narHash, narSize }: CopiedPath): void {
    this.#attempt(() => this.#parser.end());
    if (this.failure !== undefined) throw this.failure.error;
    const actual: Hash = { algorithm: "sha256", bytes: new Uint8Array(this.#hasher.digest()) };
    const isRight =
      this.#received === narSize && formatHash(actual) === formatHash(parseHash(narHash));
    if (isRight) return;
    const problem = `it has the NAR hash ${formatHash(actual)}, not ${narHash} as before`;
    throw new InstallerError("integrity", `${storePath} from ${storeName(store)}: ${problem}`, {
      object: storePath,
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.failure = { error };
    }
  }
}
