/*
 * `npm run fuzz`: fuzzes the parsers of what comes from the network, from disks and from the user.
 *
 *     npm run fuzz -- --seconds 600            all of them, 600 s altogether
 *     npm run fuzz -- --target nar --seed 7    one, from a seed that an earlier run has printed
 *     npm run fuzz -- --target nar --replay build/fuzz/failures/nar-…
 *     npm run fuzz -- --fresh                  beginning with test/fuzz/corpus alone, as npm test does
 *     npm run fuzz -- --save                   takes into test/fuzz/corpus what long runs have found
 *
 * An input that fails is written to `build/fuzz/failures` and named. The seed is `LANDFALL_SEED`, or a new one.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildDirectory } from "../support/scratch.ts";
import { testSeed } from "../support/seed.ts";
import { LastInput } from "./engine/last-input.ts";
import { targetShares } from "./target-names.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(testSeed()) },
    target: { type: "string", multiple: true, default: [] },
    replay: { type: "string", multiple: true, default: [] },
    samples: { type: "string", default: "100" },
    fresh: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
  },
});

/** Seconds after which a target that should have come to its end is ended. */
const patience = 60;

/** What `one.ts` prints last. */
interface Report {
  readonly executions: number;
  readonly accepted: number;
  readonly branches: number;
  readonly corpus: number;
  readonly compared: number;
  readonly failures: readonly { readonly path: string; readonly message: string }[];
}

function isReport(value: unknown): value is Report {
  return typeof value === "object" && value !== null && "executions" in value;
}

/** The report in the last line of a text. */
function reportIn(text: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
    return isReport(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Fuzzes one target in a process of its own; whether nothing was found. */
async function fuzz(target: string, seconds: number): Promise<boolean> {
  const directory = join(buildDirectory, "fuzz");
  mkdirSync(join(directory, "failures"), { recursive: true });
  const last = join(directory, `last-${target}`);
  const child = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, "one.ts"),
      `--target=${target}`,
      `--seed=${values.seed}`,
      `--seconds=${seconds}`,
      `--input=${last}`,
      ...(values.save ? ["--save"] : [`--samples=${values.samples}`]),
      ...(values.fresh ? ["--fresh"] : []),
      ...values.replay.map((path) => `--replay=${path}`),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const timer = setTimeout(() => child.kill("SIGKILL"), (seconds + patience) * 1000);
  const report = reportIn(await new Response(child.stdout).text());
  await child.exited;
  clearTimeout(timer);
  if (report !== undefined && child.exitCode === 0) {
    const { executions, accepted, branches, corpus, compared, failures } = report;
    const figures = `${executions} executions, ${accepted} accepted, ${branches} branches, corpus of ${corpus}`;
    console.log(`${target}: ${figures}, ${compared} compared with a real tool`);
    for (const { path, message } of failures) console.log(`${target}: FAILED: ${path}: ${message}`);
    return failures.length === 0;
  }
  const path = join(directory, "failures", `${target}-ended`);
  writeFileSync(path, LastInput.read(last));
  const how = child.signalCode ?? `exit status ${child.exitCode}`;
  console.log(`${target}: FAILED: ${path}: the process ended by ${how} with this input`);
  return false;
}

const chosen = values.target.length > 0 ? values.target : Object.keys(targetShares);
console.log(`seed ${values.seed}`);
const shareOf = (target: string) => targetShares[target] ?? 1;
const shares = chosen.reduce((sum, target) => sum + shareOf(target), 0);
let sound = true;
for (const target of chosen) {
  const seconds = values.save || values.replay.length > 0 ? 0 : Number(values.seconds);
  sound = (await fuzz(target, (seconds * shareOf(target)) / shares)) && sound;
}
process.exitCode = sound ? 0 : 1;
