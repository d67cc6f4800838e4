import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Closure } from "../../../src/cache/closure.ts";
import type { PullReport } from "../../../src/cache/pull.ts";
import { pullAndRegister } from "../../../src/cache/pull-and-register.ts";
import { exec } from "../../../src/run/command.ts";
import type { Progress } from "../../../src/run/step.ts";
import { type FaultServer, faultServer } from "../../support/fault-server.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture, nix, pathInfos } from "./closure-fixture.ts";
import { listTree, quickHttp, walk } from "./pulling.ts";

setDefaultTimeout(60_000);

let fixture: ClosureFixture;
let server: FaultServer;
let closure: Closure;
/** What Nix itself makes of the closure. */
let copied: Awaited<ReturnType<typeof scratchDirectory>>;

beforeAll(async () => {
  fixture = await closureFixture();
  server = faultServer(fixture.caches.zstd, () => undefined);
  closure = await walk(fixture, [server.url]);
  copied = await scratchDirectory("copied");
  const copy = ["nix", "copy", "--no-check-sigs", "--from", `file://${fixture.caches.zstd}`];
  await nix([...copy, "--to", copied.path, fixture.toplevel]);
}, 120_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await copied[Symbol.asyncDispose]();
});

interface Run {
  readonly report: Omit<PullReport, "profile" | "paths">;
  readonly messages: readonly string[];
  readonly progress: readonly Progress[];
  /** NARs that were asked for. */
  readonly asked: number;
}

/** Pulls and registers, and has Nix look at all of it. */
async function run(root: string, autoOptimise = false): Promise<Run> {
  const messages: string[] = [];
  const progress: Progress[] = [];
  const before = server.requests.length;
  const {
    profile: _,
    paths: __,
    ...report
  } = await pullAndRegister({
    closure,
    root,
    autoOptimise,
    connections: 16,
    signal: new AbortController().signal,
    log: (level, message) => messages.push(`${level}: ${message}`),
    onProgress: (each) => progress.push(each),
    http: quickHttp,
  });
  await nix(["nix-store", "--store", root, "--verify", "--check-contents"]);
  expect(await pathInfos(root, fixture.toplevel)).toEqual(
    await pathInfos(copied.path, fixture.toplevel),
  );
  for (const { storePath } of closure.paths) {
    const name = storePath.slice(1);
    expect(await listTree(join(root, name))).toEqual(await listTree(join(copied.path, name)));
  }
  return { report, messages, progress, asked: server.requests.length - before };
}

function pathOf(name: string): string {
  const path = closure.paths.find(({ storePath }) => storePath.endsWith(`-${name}`));
  if (path === undefined) throw new Error(`the closure has no ${name}`);
  return path.storePath;
}

/** Takes away what a file holds, and leaves what it looks like. */
function empty(path: string): void {
  truncateSync(path, 0);
  utimesSync(path, 1, 1);
}

test("a second pull verifies everything, says so, and asks for nothing", async () => {
  await using target = await scratchDirectory("target");
  await run(target.path);
  const { report, progress, asked } = await run(target.path);
  const total = closure.paths.length;
  expect(report).toEqual({
    fetched: 0,
    kept: total,
    verified: closure.narSize,
    redone: 0,
    mended: 0,
    corrected: 0,
    downloaded: 0,
    narSize: 0,
  });
  expect(asked).toBe(0);
  expect(progress.at(-1)).toMatchObject({ done: total, total, part: "paths verified" });
});

test("what was not registered is kept where it is right", async () => {
  await using target = await scratchDirectory("target");
  await run(target.path);
  rmSync(join(target.path, "nix/var"), { recursive: true });
  const { report, messages } = await run(target.path);
  expect(report).toMatchObject({ fetched: 0, kept: closure.paths.length });
  expect(messages).toEqual([]);
});

test("only what a killed run has left half-written is fetched anew, and what is foreign stays", async () => {
  await using target = await scratchDirectory("target");
  const { path: root } = target;
  await run(root);
  rmSync(join(root, "nix/var"), { recursive: true });
  truncateSync(join(root, pathOf("library"), "lib/large"), 1_000_000);
  rmSync(join(root, pathOf("tool")), { recursive: true });
  // In the place of a single file.
  const leftover = join(root, pathOf("small-7"));
  rmSync(leftover);
  mkdirSync(join(leftover, "old"), { recursive: true });
  writeFileSync(join(leftover, "old", "file"), "old");
  symlinkSync("/etc", join(leftover, "link"));
  const foreign = join(root, `nix/store/${"0".repeat(32)}-foreign`);
  writeFileSync(foreign, "somebody else's");
  const { report, asked } = await run(root).finally(() => rmSync(foreign));
  expect(report).toMatchObject({ fetched: 3, redone: 2, mended: 0 });
  expect(asked).toBe(3);
});

test("what a power cut has emptied after it was registered is found, told of and mended", async () => {
  await using target = await scratchDirectory("target");
  const { path: root } = target;
  await run(root);
  empty(join(root, pathOf("library"), "lib/file"));
  empty(join(root, pathOf("small-3")));
  chmodSync(join(root, pathOf("twin"), "lib/program"), 0o444);
  const { report, messages } = await run(root);
  expect(report).toMatchObject({ fetched: 3, redone: 3, mended: 3 });
  const damaged = [pathOf("library"), pathOf("small-3"), pathOf("twin")];
  for (const path of damaged) {
    expect(messages).toContainEqual(
      expect.stringContaining(`warning: ${path} is damaged and is fetched anew: it `),
    );
  }
});

test("modes and times are put right without fetching anything", async () => {
  await using target = await scratchDirectory("target");
  const { path: root } = target;
  await run(root);
  chmodSync(join(root, pathOf("library"), "lib/file"), 0o644);
  chmodSync(join(root, pathOf("library")), 0o755);
  utimesSync(join(root, pathOf("small-1")), 100, 100);
  const { report, asked } = await run(root);
  expect(report).toMatchObject({ fetched: 0, corrected: 2, redone: 0 });
  expect(asked).toBe(0);
});

test.each([true, false])(
  "a link of equal files that a power cut has emptied is not linked again (linking: %p)",
  async (autoOptimise) => {
    await using target = await scratchDirectory("target");
    const { path: root } = target;
    await run(root, true);
    const large = join(root, pathOf("library"), "lib/large");
    // In the library, in its twin, and in .links.
    expect(lstatSync(large).nlink).toBe(3);
    empty(large);
    const { report, messages } = await run(root, autoOptimise);
    expect(report).toMatchObject({ fetched: 2, mended: 2 });
    expect(messages).toContain("warning: 1 files in .links were damaged and are removed");
    expect(lstatSync(large).nlink).toBe(autoOptimise ? 3 : 1);
  },
);

test("an interruption ends the verification at once, and nothing is open any more", async () => {
  await using scratch = await scratchDirectory("target");
  const { path: root } = scratch;
  await exec(["mount", "-t", "tmpfs", "tmpfs", root]);
  try {
    await run(root);
    const interruption = new AbortController();
    const pull = pullAndRegister({
      closure,
      root,
      connections: 16,
      signal: interruption.signal,
      onProgress: () => interruption.abort(new Error("SIGINT")),
    });
    expect((await rejection(pull)).message).toBe("SIGINT");
  } finally {
    // Succeeds only if the pull has closed everything.
    await exec(["umount", root]);
  }
});

test("a database that a power cut has torn is made anew, and nothing is fetched for it", async () => {
  await using target = await scratchDirectory("target");
  const { path: root } = target;
  await run(root);
  const database = join(root, "nix/var/nix/db");
  truncateSync(join(database, "db.sqlite"), 6000);
  for (const name of ["schema", "reserved"]) truncateSync(join(database, name), 0);
  const { report, messages } = await run(root);
  expect(report).toMatchObject({ fetched: 0, kept: closure.paths.length });
  expect(messages).toEqual([expect.stringContaining("db.sqlite is damaged")]);
});
