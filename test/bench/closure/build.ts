import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { type Progress, run } from "../../system/run.ts";
import { digest, isCurrent, markCurrent } from "../../system/stamp.ts";
import { checkout, places } from "../places.ts";
import { type Bind, inRoot, makeRoot } from "../roots.ts";
import type { ClosureSize } from "./sizes.ts";

/** A closure in a store of its own. */
export interface BenchClosure {
  readonly name: string;
  /** The folder that has everything of it: its store below `nix`, `caches`, `archives`. */
  readonly directory: string;
  /** `/nix/store/<hash>-<name>` */
  readonly toplevel: string;
  /** Every path of the closure. */
  readonly storePaths: readonly string[];
  /** Bytes of all NARs. */
  readonly narSize: number;
}

/** Where the checkout is seen in the root tree that builds. */
const checkoutInside = "/mnt/checkout";

/** Where a closure's folder is seen in the root tree that builds. */
export const closureInside = "/mnt/closure";

/** More outputs of one derivation than this take Nix a time that grows with their square. */
const groupSize = 1000;

/** What makes the contents: other sources make another closure. */
const sources = ["closure.nix", "make-outputs.ts", "shape.ts", "write-path.ts", "corpus.ts"];

/**
 * Runs a command of the Nix that builds, with the store of a closure as its own.
 *
 * @throws Error with the command's last lines.
 */
export async function runInStore(
  directory: string,
  argv: readonly string[],
  progress: Progress,
  further: readonly Bind[] = [],
): Promise<string> {
  const binds = [
    { from: join(directory, "nix"), to: "/nix" },
    { from: directory, to: closureInside },
    { from: checkout, to: checkoutInside },
    ...further,
  ];
  const root = await makeRoot("bookworm", progress);
  return run(`${argv[0]} in the store of ${directory}`, inRoot(root, binds, argv));
}

/**
 * Builds a closure with Nix, once. The store is complete or made anew.
 *
 * @throws Error with Nix's last lines.
 */
export async function buildClosure(size: ClosureSize, progress: Progress): Promise<BenchClosure> {
  const directory = join(places.closures, size.name);
  const recipe = await recipeOf(size);
  if (!(await isCurrent(directory, recipe))) {
    progress(`closure ${size.name}: building ${size.paths} paths, ${size.bytes / 1e6} MB`);
    await rm(directory, { recursive: true, force: true });
    await mkdir(join(directory, "nix"), { recursive: true });
    const toplevel = await buildToplevel(size, directory, recipe, progress);
    await describeClosure(directory, toplevel, progress);
    await markCurrent(directory, recipe);
  }
  return readDescription(size.name, directory);
}

async function recipeOf({ paths, bytes }: ClosureSize): Promise<string> {
  const texts = await Promise.all(
    sources.map((name) => Bun.file(join(import.meta.dir, name)).text()),
  );
  const lock = await Bun.file(join(checkout, "package-lock.json")).json();
  const versions = ["bun", "@biomejs/cli-linux-x64", "typescript", "knip", "zod"].map(
    (name) => `${name} ${lock.packages?.[`node_modules/${name}`]?.version}`,
  );
  return digest(String(paths), String(bytes), ...texts, ...versions);
}

async function buildToplevel(
  { paths, bytes }: ClosureSize,
  directory: string,
  recipe: string,
  progress: Progress,
): Promise<string> {
  const below = paths - 1;
  const count = Math.ceil(below / groupSize);
  const groups = Array.from({ length: count }, (_, index) =>
    outputNames(Math.floor((below * (index + 1)) / count) - Math.floor((below * index) / count)),
  );
  await Bun.write(join(directory, "groups.json"), JSON.stringify(groups));
  const modules = `${checkoutInside}/node_modules`;
  const source = `${checkoutInside}/test/bench/closure`;
  const expression = `import ${source}/closure.nix {
    groups = builtins.fromJSON (builtins.readFile ${closureInside}/groups.json);
    bytes = ${Math.floor(bytes / count)};
    bun = "${modules}/bun/bin/bun.exe";
    program = "${source}/make-outputs.ts";
    corpus = "${modules}";
    recipe = "${recipe}";
  }`;
  const argv = ["nix-build", "--no-out-link", "--expr", expression];
  return (await runInStore(directory, argv, progress)).trim();
}

function outputNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `p${String(index).padStart(4, "0")}`);
}

const pathInfoSchema = v.array(v.object({ path: v.string(), narSize: v.number() }));

const descriptionSchema = v.object({
  toplevel: v.string(),
  storePaths: v.array(v.string()),
  narSize: v.number(),
});

function descriptionFile(directory: string): Bun.BunFile {
  return Bun.file(join(directory, "closure.json"));
}

async function describeClosure(
  directory: string,
  toplevel: string,
  progress: Progress,
): Promise<void> {
  const argv = ["nix", "path-info", "--json", "--recursive", toplevel];
  const output = await runInStore(directory, argv, progress);
  const paths = v.parse(pathInfoSchema, JSON.parse(output));
  const description = {
    toplevel,
    storePaths: paths.map(({ path }) => path),
    narSize: paths.reduce((sum, { narSize }) => sum + narSize, 0),
  };
  await Bun.write(descriptionFile(directory), JSON.stringify(description));
}

async function readDescription(name: string, directory: string): Promise<BenchClosure> {
  const description = v.parse(descriptionSchema, await descriptionFile(directory).json());
  return { name, directory, ...description };
}
