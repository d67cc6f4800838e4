/*
 * `npm run bench`: measures the compiled installer and others at the same work. See README.md.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../system/lock.ts";
import { describeMachine } from "./machine.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { places } from "./places.ts";
import type { Report, SceneResult } from "./results.ts";
import { sceneText } from "./scene-text.ts";

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => interruption.abort(new Error(`ended by ${signal}`)));
}

async function measure({ scenes, writeDocs, ...options }: BenchOptions): Promise<void> {
  const date = new Date().toISOString();
  const results: SceneResult[] = [];
  for (const scene of scenes) {
    console.error(`${scene.name}: ${scene.title}`);
    const progress = (line: string) => console.error(`  ${line}`);
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
}

try {
  const options = parseOptions(process.argv.slice(2));
  await withLock(places.lock, () => measure(options));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
