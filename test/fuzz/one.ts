/*
 * Fuzzes one target in this process, which may not survive it: `main.ts` starts one for each, and reads the input that
 * was tried last from a file that both have mapped. Its last line is the result, as JSON.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildDirectory } from "../support/scratch.ts";
import { countBranches } from "./engine/coverage.ts";
import { Fuzzer } from "./engine/fuzzer.ts";
import { LastInput } from "./engine/last-input.ts";

countBranches(
  /\/src\/(?:nix|manifest|compression|http|store\/portable|system-info|system\/boot|cache\/nix-store)\/[^.]+\.ts$/,
);
// Only now, so that what they import is counted.
const { targets } = await import("./targets/index.ts");

const { values } = parseArgs({
  options: {
    target: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    seconds: { type: "string", default: "1" },
    input: { type: "string", default: "" },
    save: { type: "boolean", default: false },
    replay: { type: "string", multiple: true, default: [] },
    samples: { type: "string", default: "0" },
    fresh: { type: "boolean", default: false },
  },
});

const target = targets.find(({ name }) => name === values.target);
if (target === undefined) throw new Error(`there is no target ${values.target}`);

const saved = join(import.meta.dir, "corpus", target.name);
const grown = join(buildDirectory, "fuzz", "corpus", target.name);
mkdirSync(join(buildDirectory, "scratch"), { recursive: true });

function inputsIn(directory: string): Uint8Array[] {
  try {
    return readdirSync(directory)
      .toSorted()
      .map((name) => readFileSync(join(directory, name)));
  } catch {
    // Nobody has fuzzed it yet.
    return [];
  }
}

function nameOf(input: Uint8Array): string {
  return createHash("sha256").update(input).digest("hex").slice(0, 12);
}

function keep(directory: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(directory, { recursive: true });
  for (const input of inputs) writeFileSync(join(directory, nameOf(input)), input);
}

using last = new LastInput(values.input);
const replayed = values.replay.map((path) => readFileSync(path));
/** What has brought a parser down once stays, whatever else the corpus has. */
const regressions = inputsIn(join(import.meta.dir, "regressions", target.name));
const own = [...regressions, ...inputsIn(saved)];
/** What a run begins with; to be saved is what is left of it, the shortest first. */
function startingCorpus(): Uint8Array[] {
  if (replayed.length > 0) return replayed;
  const all = [...own, ...(values.fresh ? [] : inputsIn(grown))];
  return values.save ? all.toSorted((one, other) => one.length - other.length) : all;
}

const fuzzer = new Fuzzer(target, {
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  corpus: startingCorpus(),
  onInput: (input) => last.set(input),
});
const result = fuzzer.run();
const failures = result.failures.map((failure) => {
  const input = fuzzer.shorten(failure);
  const path = join(buildDirectory, "fuzz", "failures", `${target.name}-${nameOf(input)}`);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, input);
  return { path, message: failure.message };
});
if (values.save) {
  // Of what has grown in long runs, the shortest that take every branch.
  rmSync(saved, { recursive: true, force: true });
  const seeds = new Set(target.seeds().map(nameOf));
  keep(
    saved,
    result.corpus
      .filter((input) => input.length <= 2048 && !seeds.has(nameOf(input)))
      .slice(0, 120),
  );
} else if (replayed.length === 0 && !values.fresh) keep(grown, result.corpus);
const compared = (await target.compare?.(result.samples.slice(0, Number(values.samples)))) ?? 0;
const { executions, accepted, branches } = result;
console.log(
  JSON.stringify({
    executions,
    accepted,
    branches,
    corpus: result.corpus.length,
    compared,
    failures,
  }),
);
