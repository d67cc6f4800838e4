import { join } from "node:path";
import { scratchDirectory } from "../support/scratch.ts";
import { type Contender, syncing } from "./contenders/contender.ts";
import { type Course, openCourse } from "./course.ts";
import { measureCommand } from "./process-tree.ts";
import { checkExit, figures, type PullsOptions, type Sample } from "./pulls.ts";
import { makeTarget } from "./target.ts";
import { checkComplete } from "./verify.ts";

/** Runs the programs that are files in a directory, all at once; fails if one does. */
const script = `
pids=
for program in "$1"/*.sh; do sh "$program" & pids="$pids $!"; done
for pid in $pids; do wait "$pid"; done
`;

/**
 * As `measurePulls`, with so many machines that pull at the same time, each to its own target. The figures are those of
 * all together.
 */
export async function measureTogether(
  machines: number,
  options: PullsOptions,
): Promise<readonly Sample[]> {
  const { contenders, runs, progress } = options;
  await using course = await openCourse(options);
  const samples: Sample[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const contender of contenders) {
      const sample = await measureMachines(machines, contender, options, course);
      progress(`run ${run} of ${runs}: ${machines} of ${contender.name}: ${figures(sample)}`);
      samples.push(sample);
    }
  }
  return samples;
}

async function measureMachines(
  machines: number,
  contender: Contender,
  { closure, compression, fileSystem, signal }: PullsOptions,
  { cache, server, address }: Course,
): Promise<Sample> {
  signal.throwIfAborted();
  await using stack = new AsyncDisposableStack();
  const programs = stack.use(await scratchDirectory("machines"));
  const targets: string[] = [];
  for (let machine = 0; machine < machines; machine++) {
    const target = stack.use(await makeTarget(fileSystem, closure.narSize));
    const scratch = stack.use(await scratchDirectory("pull"));
    const job = { closure, compression, cache, server: address };
    const places = { target: target.path, scratch: scratch.path };
    const argv = syncing(target.path, await contender.command({ ...job, ...places }));
    await Bun.write(join(programs.path, `${machine}.sh`), `exec ${argv.map(quote).join(" ")}\n`);
    targets.push(target.path);
  }
  await server.traffic();
  const measurement = await measureCommand(["sh", "-euc", script, "machines", programs.path], {
    signal,
  });
  const traffic = await server.traffic();
  checkExit(contender.name, measurement);
  for (const target of targets) await checkComplete(closure, target);
  const { stdout: _stdout, stderr: _stderr, ...usage } = measurement;
  return { contender: contender.name, ...usage, ...traffic, firstByte: undefined };
}

/** A word of a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
