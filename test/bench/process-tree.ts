import { join } from "node:path";
import { scratchDirectory } from "../support/scratch.ts";
import type { Usage } from "./process-tree/usage.ts";

/** What a command cost: the program itself and every process that came from it, also those it left behind. */
export interface Measurement extends Usage {
  /** What was written to standard output, by whichever process. */
  readonly stdout: string;
  /** What was written to standard error. */
  readonly stderr: string;
}

/** How a command that is measured is run. */
export interface MeasureOptions {
  /** Its working directory; that of this process by default. */
  readonly cwd?: string;
  /** Its whole environment; that of this process by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Kills the command and all that came from it. */
  readonly signal?: AbortSignal;
  /** What it reads from its standard input; nothing by default. */
  readonly stdin?: string | Uint8Array;
}

const runner = join(import.meta.dir, "process-tree", "run.ts");

/**
 * Runs a program to its end and tells what it and all its descendants used.
 *
 * A process between the two starts the program, is the parent of every orphan (PR_SET_CHILD_SUBREAPER), and reads
 * `/proc` every 20 ms; what that costs is not in the figures. A program that fails is measured all the same: look at
 * `exitCode`.
 *
 * @param argv The program, found in PATH, and its arguments.
 * @throws The signal's reason when it is aborted, and Error when the program cannot be started.
 *
 * @example
 * ```ts
 * const { seconds, user, system, peakMemory } = await measureCommand(["sh", "-c", "curl … | zstd -dc | tar -x"]);
 * ```
 */
export async function measureCommand(
  argv: readonly string[],
  options: MeasureOptions = {},
): Promise<Measurement> {
  options.signal?.throwIfAborted();
  await using scratch = await scratchDirectory("measure");
  const usageFile = join(scratch.path, "usage.json");
  const child = Bun.spawn([process.execPath, runner, usageFile, ...argv], {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...(options.env ?? process.env) },
    stdin: options.stdin === undefined ? "ignore" : Buffer.from(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const abort = () => child.kill("SIGTERM");
  options.signal?.addEventListener("abort", abort);
  try {
    const [stdout, stderr] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    options.signal?.throwIfAborted();
    if (child.exitCode !== 0) throw new Error(`${argv.join(" ")} was not measured:\n${stderr}`);
    const usage = (await Bun.file(usageFile).json()) as Usage;
    return { ...usage, stdout, stderr };
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
}
