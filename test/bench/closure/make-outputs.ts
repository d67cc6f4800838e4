/*
 * The builder of closure.nix: Nix runs it with Bun, and tells by `.attrs.json` what to make.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { randomNumbers } from "../../support/nar-tree.ts";
import { readCorpus } from "./corpus.ts";
import { shapeGroup } from "./shape.ts";
import { writePath } from "./write-path.ts";

const attributesSchema = v.variant("kind", [
  v.object({
    kind: v.literal("group"),
    corpus: v.string(),
    seed: v.number(),
    bytes: v.number(),
    outputs: v.record(v.string(), v.string()),
  }),
  v.object({
    kind: v.literal("toplevel"),
    tops: v.array(v.string()),
    outputs: v.object({ out: v.string() }),
  }),
]);

const attributes = v.parse(
  attributesSchema,
  JSON.parse(readFileSync(process.env.NIX_ATTRS_JSON_FILE ?? ".attrs.json", "utf8")),
);
if (attributes.kind === "group") makeGroup(attributes);
else makeToplevel(attributes.tops, attributes.outputs.out);

interface Group {
  readonly corpus: string;
  readonly seed: number;
  readonly bytes: number;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Writes a path for each output, the first of which, by name, is on top of the others. */
function makeGroup({ corpus: modules, seed, bytes, outputs }: Group): void {
  const corpus = readCorpus(modules);
  const random = randomNumbers(seed);
  const paths = Object.keys(outputs)
    .toSorted()
    .map((name) => outputs[name] ?? "");
  for (const [index, shape] of shapeGroup(paths.length, bytes, random).entries()) {
    const references = shape.references.map((reference) => paths[reference] ?? "");
    writePath(paths[index] ?? "", shape, references, corpus, random);
  }
}

function makeToplevel(tops: readonly string[], path: string): void {
  mkdirSync(join(path, "sw"), { recursive: true });
  writeFileSync(join(path, "init"), "#! a closure to measure with; it does not boot\n", {
    mode: 0o755,
  });
  for (const top of tops) symlinkSync(top, join(path, "sw", basename(top)));
}
