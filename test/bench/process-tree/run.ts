/*
 * Runs a command, measures it and all that comes from it, and writes the figures to a file:
 *
 *   bun run.ts FILE PROGRAM ARGUMENT…
 *
 * Standard input, output and error are the command's. SIGTERM kills the command with all its descendants.
 */
import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { children, descendants, treeMemory } from "./memory.ts";
import { adoptOrphans, childrenCpu, reapChildren, reapEnded } from "./orphans.ts";
import type { Usage } from "./usage.ts";

/** Milliseconds between two looks at the memory of the tree. */
const samplingPeriod = 20;

const [file = "", ...argv] = process.argv.slice(2);

let peakMemory = 0;
let peakMemoryBound = 0;

function sample(): void {
  reapEnded(children(process.pid).filter((pid) => pid !== child.pid));
  const { total, bound } = treeMemory(descendants(process.pid), peakMemory);
  peakMemory = Math.max(peakMemory, total);
  peakMemoryBound = Math.max(peakMemoryBound, bound, total);
}

/** Kills all descendants until none is left and tells how many there were. */
function killDescendants(): number {
  let killed = 0;
  for (let pids = descendants(process.pid); pids.length > 0; pids = descendants(process.pid)) {
    for (const pid of pids) process.kill(pid, "SIGKILL");
    killed += reapChildren();
  }
  return killed;
}

function signalNumber(name: string | number | null): number {
  return Object.entries(constants.signals).find(([signal]) => signal === name)?.[1] ?? 0;
}

adoptOrphans();
process.on("SIGTERM", () => {
  killDescendants();
  process.exit(128 + constants.signals.SIGTERM);
});
const started = performance.now();
const child = Bun.spawn(argv, { stdio: ["inherit", "inherit", "inherit"] });
sample();
const sampling = setInterval(sample, samplingPeriod);
await child.exited;
const seconds = (performance.now() - started) / 1000;
clearInterval(sampling);
const leftBehind = killDescendants();
const usage: Usage = {
  seconds,
  ...childrenCpu(),
  peakMemory,
  peakMemoryBound,
  exitCode: child.exitCode ?? 128 + signalNumber(child.signalCode),
  leftBehind,
};
writeFileSync(file, JSON.stringify(usage));
