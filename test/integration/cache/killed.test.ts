import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, lstatSync, readdirSync, truncateSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { outcomeOf, spawnBound } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { testSeed } from "../../support/seed.ts";
import { Chance } from "../../unit/disk/random-layout.ts";
import { type ClosureFixture, closureFixture, nix, pathInfos } from "./closure-fixture.ts";
import { listTree } from "./pulling.ts";

setDefaultTimeout(3_600_000);

/** How often a pull is killed; more by hand, see docs/pulling.md. */
const kills = Number(process.env.LANDFALL_KILLS ?? 12);

/** Kills in a row before the pull may finish. */
const killsPerPull = 6;

const program = fileURLToPath(import.meta.resolve("./pull-program.ts"));

let fixture: ClosureFixture;
let server: WebServer;
let copied: Awaited<ReturnType<typeof scratchDirectory>>;

beforeAll(async () => {
  fixture = await closureFixture();
  server = await serveDirectory(fixture.caches.zstd);
  copied = await scratchDirectory("copied");
  const copy = ["nix", "copy", "--no-check-sigs", "--from", `file://${fixture.caches.zstd}`];
  await nix([...copy, "--to", copied.path, fixture.toplevel]);
}, 120_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await copied[Symbol.asyncDispose]();
});

function start(root: string, optimise: boolean) {
  const { toplevel, publicKey } = fixture;
  const argv = [process.execPath, program, toplevel, server.url(), publicKey, root];
  return spawnBound([...argv, optimise ? "optimise" : ""], import.meta.dir);
}

/** Every plain file below a directory of the target, by its path in bytes. */
function filesBelow(directory: string): Buffer[] {
  if (!existsSync(directory)) return [];
  const find = Bun.spawnSync(["find", directory, "-type", "f", "-print0"]);
  const files: Buffer[] = [];
  for (let rest = find.stdout; rest.length > 0; ) {
    const end = rest.indexOf(0);
    files.push(Buffer.from(rest.subarray(0, end)));
    rest = rest.subarray(end + 1);
  }
  return files;
}

/** What a power cut does to files that were not synced: they are empty, or shorter, and look as they did. */
function cutPower(root: string, chance: Chance): void {
  const files = [
    ...filesBelow(join(root, "nix/store")),
    ...filesBelow(join(root, "nix/var/nix/db")),
  ];
  for (let count = chance.between(1, 4); count > 0 && files.length > 0; count--) {
    const file = files[chance.between(0, files.length - 1)];
    if (file === undefined) continue;
    truncateSync(
      file,
      Math.floor(lstatSync(file).size * (chance.next() < 0.5 ? 0 : chance.next())),
    );
    utimesSync(file, 1, 1);
  }
}

async function expectWhole(root: string): Promise<void> {
  await nix(["nix-store", "--store", root, "--verify", "--check-contents"]);
  const infos = await pathInfos(copied.path, fixture.toplevel);
  expect(await pathInfos(root, fixture.toplevel)).toEqual(infos);
  for (const { path } of infos) {
    const name = path.slice(1);
    expect(await listTree(join(root, name))).toEqual(await listTree(join(copied.path, name)));
  }
  const names = infos.map(({ path }) => path.slice("/nix/store/".length));
  expect(readdirSync(join(root, "nix/store")).toSorted()).toEqual([".links", ...names].toSorted());
}

test(`after ${kills} kills at random moments, and what a power cut does, the store is as Nix makes it`, async () => {
  const seed = testSeed();
  process.stdout.write(`killed pulls: LANDFALL_SEED=${seed}\n`);
  const chance = new Chance(seed);
  for (let killed = 0; killed < kills; ) {
    await using target = await scratchDirectory("killed");
    const { path: root } = target;
    for (let round = 0; round < killsPerPull && killed < kills; round++) {
      const child = start(root, chance.next() < 0.5);
      // From before its first write to after its last one.
      const timer = setTimeout(() => child.kill("SIGKILL"), chance.between(50, 1500));
      await outcomeOf(child);
      clearTimeout(timer);
      killed++;
      if (chance.next() < 0.5) cutPower(root, chance);
    }
    const last = await outcomeOf(start(root, chance.next() < 0.5));
    expect(last.exitCode, `seed ${seed}: ${last.stderr}`).toBe(0);
    await expectWhole(root);
    const again = await outcomeOf(start(root, false));
    expect(JSON.parse(again.stdout), `seed ${seed}`).toMatchObject({ fetched: 0, redone: 0 });
  }
});
