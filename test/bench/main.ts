/*
 * `npm run bench`: measures the compiled installer and others at the same work. See README.md.
 */
import { mkdir } from "node:fs/promises";
import { setPriority } from "node:os";
import { join } from "node:path";
import { withLock } from "../system/lock.ts";
import { writeDocs } from "./docs.ts";
import { describeMachine } from "./machine.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { places } from "./places.ts";
import type { Report, SceneResult } from "./results.ts";
import { sceneText } from "./scene-text.ts";

/** Above everything else on the machine; what is started inherits it. */
const priority = -19;

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => interruption.abort(new Error(`ended by ${signal}`)));
}

function progress(line: string): void {
  console.error(`  ${line}`);
}

async function measure({ scenes, writesDocs, ...options }: BenchOptions): Promise<void> {
  const date = new Date().toISOString();
  const results: SceneResult[] = [];
  for (const scene of scenes) {
    console.error(`${scene.name}: ${scene.title}`);
    const result = await scene.run({ ...options, signal: interruption.signal, progress });
    console.log(sceneText(result));
    results.push(result);
  }
  const report: Report = {
    date,
    command: ["npm run bench --", ...process.argv.slice(2)].join(" "),
    machine: describeMachine(),
    scenes: results,
  };
  await mkdir(places.results, { recursive: true });
  const file = join(places.results, `${date.replaceAll(":", "-")}.json`);
  await Bun.write(file, `${JSON.stringify(report, undefined, 2)}\n`);
  console.error(`results: ${file}`);
  if (writesDocs) await writeDocs(report);
}

try {
  const options = parseOptions(process.argv.slice(2));
  setPriority(priority);
  await withLock(places.lock, () => measure(options));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
