import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pullStep } from "../../../src/cache/pull-step.ts";
import { exec } from "../../../src/run/command.ts";
import type { Progress, StepContext } from "../../../src/run/step.ts";
import { registerPaths } from "../../../src/store/target-store.ts";
import { faultServer } from "../../support/fault-server.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture, nix, pathInfos } from "./closure-fixture.ts";
import { listTree, pull, storeEntries, walk } from "./pulling.ts";

setDefaultTimeout(60_000);

let fixture: ClosureFixture;
let server: WebServer;
let copied: Awaited<ReturnType<typeof scratchDirectory>>;

beforeAll(async () => {
  fixture = await closureFixture();
  server = await serveDirectory(join(fixture.caches.zstd, ".."));
  copied = await scratchDirectory("copied");
  const copy = ["nix", "copy", "--no-check-sigs", "--from", `file://${fixture.caches.zstd}`];
  await nix([...copy, "--to", copied.path, fixture.toplevel]);
}, 120_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await copied[Symbol.asyncDispose]();
});

const context: StepContext = {
  signal: new AbortController().signal,
  exec,
  progress: () => {},
  profile: () => {},
  log: () => {},
  hold: () => {},
  secret: () => new Uint8Array(),
};

test.each(["none", "zstd", "xz", "gzip", "br", "bzip2", "lzip", "lzma", "lz4"] as const)(
  "a closure pulled from a cache with %s NARs is what nix copy makes of it",
  async (compression) => {
    await using target = await scratchDirectory("target");
    const root = target.path;
    const closure = await walk(fixture, [`${server.url()}/${compression}`]);
    const progress: Progress[] = [];
    // As an installer that was killed leaves it where it had not the memory for its own Nix.
    mkdirSync(join(root, ".landfall-portable-store/store"), { recursive: true });
    await pullStep.run(
      { kind: "pull", id: "pull", root, closure, connections: 8, autoOptimise: false },
      { ...context, progress: (step) => progress.push(step) },
    );

    expect(await pathInfos(root, fixture.toplevel)).toEqual(
      await pathInfos(copied.path, fixture.toplevel),
    );
    await nix(["nix-store", "--store", root, "--verify", "--check-contents"]);
    for (const { path } of await pathInfos(copied.path, fixture.toplevel)) {
      const name = path.slice(1);
      expect(await listTree(join(root, name))).toEqual(await listTree(join(copied.path, name)));
    }
    expect(storeEntries(root)).toEqual(storeEntries(copied.path));
    expect(readdirSync(root)).toEqual(["nix"]);
    expect(progress.at(-1)).toMatchObject({
      done: closure.downloadSize,
      total: closure.downloadSize,
      unit: "bytes",
    });
    const store = statSync(join(root, "nix/store"));
    expect([store.mode & 0o7777, store.uid, store.gid]).toEqual([0o1775, 0, 30_000]);
  },
  60_000,
);

test("what is registered is kept, what is not is done again", async () => {
  await using target = await scratchDirectory("target");
  const root = target.path;
  const first = await pull(fixture, [`${server.url()}/zstd`], root);
  const [done, unregistered, ...missing] = first.closure.paths.toReversed();
  if (done === undefined || unregistered === undefined) throw new Error("the closure is too small");
  registerPaths(root, [...missing, unregistered], 1);

  // What an attempt that was broken off may leave behind, in the place of a path that is a single file.
  const leftover = join(root, done.storePath);
  await exec(["rm", "-r", leftover]);
  mkdirSync(join(leftover, "old"), { recursive: true });
  writeFileSync(join(leftover, "old", "file"), "old", { mode: 0o444 });
  symlinkSync("/etc", join(leftover, "link"));
  const second = await pull(fixture, [`${server.url()}/zstd`], root);
  expect(second.report).toMatchObject({ fetched: 1, kept: first.closure.paths.length - 1 });
  expect(await listTree(leftover)).toEqual(await listTree(join(copied.path, done.storePath)));
});

test("each narinfo is asked for once, and nothing is asked for twice", async () => {
  await using target = await scratchDirectory("target");
  await using counting = faultServer(fixture.caches.zstd, () => undefined);
  const { closure } = await pull(fixture, [counting.url], target.path);
  expect(counting.requests.length).toBe(1 + 2 * closure.paths.length);
  expect(new Set(counting.requests).size).toBe(counting.requests.length);
});

test("paths come after those they refer to", async () => {
  const { paths } = await walk(fixture, [`${server.url()}/zstd`]);
  const position = new Map(paths.map(({ storePath }, index) => [storePath, index]));
  for (const { storePath, references } of paths) {
    for (const reference of references) {
      if (reference === storePath) continue;
      expect(position.get(reference)).toBeLessThan(position.get(storePath) ?? -1);
    }
  }
  expect(paths.at(-1)?.storePath).toBe(fixture.toplevel);
});

test("the closure is plain data", async () => {
  const closure = await walk(fixture, [`${server.url()}/zstd`]);
  expect(JSON.parse(JSON.stringify(closure))).toEqual(closure);
});
