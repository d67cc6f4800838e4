import { scratchDirectory } from "../support/scratch.ts";
import type { Progress } from "../system/run.ts";
import type { BenchClosure } from "./closure/build.ts";
import { type Compression, makeCache } from "./closure/caches.ts";
import { type Contender, syncing } from "./contenders/contender.ts";
import { type Measurement, measureCommand } from "./process-tree.ts";
import { type BenchServer, readIntoMemory, serveClosure, type Traffic } from "./server.ts";
import { type FileSystem, makeTarget } from "./target.ts";
import { checkComplete, verifyContents } from "./verify.ts";

/** What is compared with what. */
export interface PullsOptions {
  readonly closure: BenchClosure;
  readonly compression: Compression;
  readonly contenders: readonly Contender[];
  /** Of each contender. */
  readonly runs: number;
  readonly fileSystem: FileSystem;
  /** Puts something between the server at that port and the contenders; gives the port to use in its place. */
  readonly between?: (port: number) => Promise<AsyncDisposable & { readonly port: number }>;
  /** Fills a target before it is pulled to. */
  readonly fill?: (target: string) => Promise<void>;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** One run of one contender. */
export interface Sample extends Omit<Measurement, "stdout" | "stderr">, Traffic {
  readonly contender: string;
}

/**
 * Has every contender pull a closure, the others in between, each time to a target that was made for it, and looks at
 * every result. The first of each contender is read by Nix as a whole.
 *
 * @throws Error if a contender fails, or if its result is not the closure; the signal's reason once it is aborted.
 */
export async function measurePulls(options: PullsOptions): Promise<readonly Sample[]> {
  const { closure, compression, contenders, runs, progress } = options;
  const cache = await makeCache(closure, compression, progress);
  await readIntoMemory(cache.directory);
  for (const { prepare } of contenders) await prepare(closure, compression, progress);
  await using server = await serveClosure(closure);
  await using between = await options.between?.(server.port);
  const address = `http://127.0.0.1:${between?.port ?? server.port}`;
  const samples: Sample[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const contender of contenders) {
      const sample = await measureOne(contender, run === 1, options, server, address, cache);
      const { seconds, user, system } = sample;
      const figures = `${seconds.toFixed(2)} s, ${(user + system).toFixed(2)} s of CPU`;
      progress(`run ${run} of ${runs}: ${contender.name}: ${figures}`);
      samples.push(sample);
    }
  }
  return samples;
}

async function measureOne(
  contender: Contender,
  verify: boolean,
  { closure, compression, fileSystem, fill, signal, progress }: PullsOptions,
  server: BenchServer,
  address: string,
  cache: Awaited<ReturnType<typeof makeCache>>,
): Promise<Sample> {
  signal.throwIfAborted();
  await using target = await makeTarget(fileSystem, closure.narSize);
  await using scratch = await scratchDirectory("pull");
  await fill?.(target.path);
  const argv = await contender.command({
    closure,
    compression,
    cache,
    server: address,
    target: target.path,
    scratch: scratch.path,
  });
  await server.traffic();
  const measurement = await measureCommand(syncing(target.path, argv), { signal });
  const traffic = await server.traffic();
  const { stdout, stderr, ...usage } = measurement;
  if (usage.exitCode !== 0) {
    throw new Error(
      `${contender.name} ended with exit status ${usage.exitCode}:\n${stdout}${stderr}`,
    );
  }
  await checkComplete(closure, target.path);
  if (verify) await verifyContents(closure, contender, target.path, progress);
  return { contender: contender.name, ...usage, ...traffic };
}
