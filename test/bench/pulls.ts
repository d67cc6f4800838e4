import { join } from "node:path";
import { scratchDirectory } from "../support/scratch.ts";
import { type Contender, syncing } from "./contenders/contender.ts";
import { type Course, type CourseOptions, openCourse } from "./course.ts";
import { firstByteSeconds, noting } from "./first-byte.ts";
import { type Measurement, measureCommand } from "./process-tree.ts";
import type { Traffic } from "./server.ts";
import { type FileSystem, makeTarget } from "./target.ts";
import { checkComplete, verifyContents } from "./verify.ts";

/** What is compared with what. */
export interface PullsOptions extends CourseOptions {
  /** Of each contender. */
  readonly runs: number;
  readonly fileSystem: FileSystem;
  /** Fills a target before it is pulled to. */
  readonly fill?: (target: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/** One run of one contender. */
export interface Sample extends Omit<Measurement, "stdout" | "stderr">, Traffic {
  readonly contender: string;
  /** Seconds until there was something on the disk. */
  readonly firstByte: number | undefined;
}

/**
 * Has every contender pull a closure, the others in between, each time to a target that was made for it, and looks at
 * every result. The first of each contender is read by Nix as a whole.
 *
 * @throws Error if a contender fails, or if its result is not the closure; the signal's reason once it is aborted.
 */
export async function measurePulls(options: PullsOptions): Promise<readonly Sample[]> {
  const { contenders, runs, progress } = options;
  await using course = await openCourse(options);
  const samples: Sample[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const contender of contenders) {
      const sample = await measureOne(contender, run === 1, options, course);
      progress(`run ${run} of ${runs}: ${contender.name}: ${figures(sample)}`);
      samples.push(sample);
    }
  }
  return samples;
}

/** What is of interest at once. */
export function figures({ seconds, user, system, peakMemory }: Measurement | Sample): string {
  const memory = `${(peakMemory / 1e6).toFixed(0)} MB`;
  return `${seconds.toFixed(2)} s, ${(user + system).toFixed(2)} s of CPU, ${memory}`;
}

/** @throws Error with the output of a command that failed. */
export function checkExit(name: string, { exitCode, stdout, stderr }: Measurement): void {
  if (exitCode === 0) return;
  throw new Error(`${name} ended with exit status ${exitCode}:\n${stdout}${stderr}`);
}

async function measureOne(
  contender: Contender,
  verify: boolean,
  { closure, compression, fileSystem, fill, signal, progress }: PullsOptions,
  { cache, server, address }: Course,
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
  const startFile = join(scratch.path, "started");
  const command = noting(startFile, syncing(target.path, argv));
  const measurement = await measureCommand(command, { signal });
  const traffic = await server.traffic();
  checkExit(contender.name, measurement);
  await checkComplete(closure, target.path);
  const firstByte = await firstByteSeconds(startFile, target.path);
  if (verify) await verifyContents(closure, contender, target.path, progress);
  const { stdout: _stdout, stderr: _stderr, ...usage } = measurement;
  return { contender: contender.name, ...usage, ...traffic, firstByte };
}
