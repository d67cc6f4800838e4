/*
 * Loaded before each test file (`bun test --preload`): when all tests of the file have ended, nothing of them may be left.
 */
import { afterAll } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Belongings, leakedProcesses, leakedThings } from "./leaks.ts";
import { buildDirectory, ownScratchDirectories } from "./scratch.ts";

/** Seconds that a process may take to end after it was killed. */
const endDeadline = 5;

const scratch = join(buildDirectory, "scratch");
mkdirSync(scratch, { recursive: true });
const temporaryDirectory = mkdtempSync(join(scratch, "tmp-"));
process.env.TMPDIR = temporaryDirectory;
const belongings: Belongings = {
  directories: ownScratchDirectories,
  temporaryDirectory,
};

/** Those that are there before the first test: they belong to whoever started this. */
const before = new Set(leakedProcesses(belongings));

/** The processes that are left when those that were killed have had the time to end. */
async function lastingProcesses(): Promise<string[]> {
  const deadline = performance.now() + endDeadline * 1000;
  for (;;) {
    const processes = leakedProcesses(belongings).filter((each) => !before.has(each));
    if (processes.length === 0 || performance.now() > deadline) return processes;
    await Bun.sleep(50);
  }
}

afterAll(async () => {
  const leaks = [...(await lastingProcesses()), ...leakedThings(belongings)];
  rmSync(temporaryDirectory, { recursive: true, force: true });
  if (leaks.length > 0) throw new Error(`left by the tests of this file:\n  ${leaks.join("\n  ")}`);
}, 60_000);
