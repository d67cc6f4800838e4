import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { makeTargetStore } from "../../../src/store/target-layout.ts";
import { registerPaths } from "../../../src/store/target-store.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture, nix } from "./closure-fixture.ts";
import { listTree, pull } from "./pulling.ts";

setDefaultTimeout(60_000);

let fixture: ClosureFixture;
let server: WebServer;
let optimised: Awaited<ReturnType<typeof scratchDirectory>>;

beforeAll(async () => {
  fixture = await closureFixture();
  server = await serveDirectory(fixture.caches.zstd);
  optimised = await scratchDirectory("optimised");
  const copy = ["nix", "copy", "--no-check-sigs", "--from", `file://${fixture.caches.zstd}`];
  await nix([...copy, "--to", optimised.path, fixture.toplevel]);
  await nix(["nix-store", "--store", optimised.path, "--optimise"]);
}, 120_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await optimised[Symbol.asyncDispose]();
});

function linksIn(root: string): string[] {
  return readdirSync(join(root, "nix/store/.links")).toSorted();
}

/** Pulls with equal files linked, and registers. */
async function pullLinked(root: string) {
  const { closure, report } = await pull(fixture, [server.url()], root, { autoOptimise: true });
  registerPaths(root, closure.paths, 1);
  const inode = (name: string, file: string) => {
    const path = closure.paths.find(({ storePath }) => storePath.endsWith(`-${name}`));
    return lstatSync(join(root, path?.storePath ?? "", file)).ino;
  };
  return { closure, report, inode };
}

/** What Nix finds to do in a store where equal files should be linked already, and whether all of it is sound. */
async function nixFinds(root: string): Promise<string> {
  await nix(["nix-store", "--store", root, "--verify", "--check-contents"]);
  const argv = ["nix-store", "--store", root, "--optimise"];
  const { stderr } = await exec(argv, {
    environment: { PATH: process.env.PATH ?? "", NIX_CONF_DIR: "/nonexistent" },
  });
  return stderr;
}

test("equal files are links of one, and Nix finds nothing left to do", async () => {
  await using target = await scratchDirectory("linked");
  const { closure, inode } = await pullLinked(target.path);

  expect(linksIn(target.path)).toEqual(linksIn(optimised.path));
  expect(await nixFinds(target.path)).toContain("0.00 MiB freed by hard-linking 0 files");
  for (const { storePath } of closure.paths) {
    const name = storePath.slice(1);
    expect(await listTree(join(target.path, name))).toEqual(
      await listTree(join(optimised.path, name)),
    );
  }
  for (const file of ["lib/large", "lib/file", "lib/nothing", "lib/link", "lib/program"]) {
    expect(inode("twin", file), file).toBe(inode("library", file));
  }
  expect(inode("twin", "empty/link")).toBe(inode("library", "lib/link"));
  expect(inode("twin", "lib/executable")).not.toBe(inode("twin", "lib/file"));
});

test("files are left apart where it is not asked for", async () => {
  await using target = await scratchDirectory("apart");
  await pull(fixture, [server.url()], target.path);
  expect(linksIn(target.path)).toEqual([]);
});

test("what a power cut has left of a link is not linked", async () => {
  await using target = await scratchDirectory("damaged");
  makeTargetStore(target.path);
  for (const [index, name] of linksIn(optimised.path).entries()) {
    const link = join(target.path, "nix/store/.links", name);
    const { size, mode } = lstatSync(join(optimised.path, "nix/store/.links", name));
    writeFileSync(link, "");
    // Of some not even the size is right.
    truncateSync(link, index % 2 === 0 ? size : 0);
    chmodSync(link, mode & 0o777);
    utimesSync(link, 1, 1);
  }
  await pullLinked(target.path);
  expect(await nixFinds(target.path)).toContain("0.00 MiB freed by hard-linking 0 files");
});

test("what an earlier pull has linked is linked further", async () => {
  await using target = await scratchDirectory("again");
  const { path: root } = target;
  const first = await pull(fixture, [server.url()], root, { autoOptimise: true });
  for (const { storePath } of first.closure.paths) {
    if (/-(?:twin|top)$/.test(storePath)) rmSync(join(root, storePath), { recursive: true });
  }
  const { report, inode } = await pullLinked(root);
  expect(report.fetched).toBe(2);
  expect(inode("twin", "lib/large")).toBe(inode("library", "lib/large"));
  expect(await nixFinds(root)).toContain("0.00 MiB freed by hard-linking 0 files");
});

test("a file that has all the links its file system allows is written once more", async () => {
  await using scratch = await scratchDirectory("full");
  const image = join(scratch.path, "image");
  const root = join(scratch.path, "root");
  mkdirSync(root);
  writeFileSync(image, "");
  truncateSync(image, 256 * 2 ** 20);
  await exec(["mkfs.ext4", "-q", image]);
  await exec(["mount", "-o", "loop", image, root]);
  try {
    makeTargetStore(root);
    const empty = join(root, "nix/store/.links", emptyName());
    writeFileSync(empty, "");
    chmodSync(empty, 0o444);
    utimesSync(empty, 1, 1);
    mkdirSync(join(root, "links"));
    // EXT4_LINK_MAX, less the first name.
    for (let count = 1; count < 65_000; count++) linkSync(empty, join(root, "links", `${count}`));
    const { inode } = await pullLinked(root);
    expect(inode("library", "lib/nothing")).not.toBe(lstatSync(empty).ino);
    await nix(["nix-store", "--store", root, "--verify", "--check-contents"]);
  } finally {
    await exec(["umount", root]);
  }
});

/** The name of the empty file in `.links`. */
function emptyName(): string {
  const { ino } = lstatSync(
    join(optimised.path, "nix/store", basename(libraryPath()), "lib/nothing"),
  );
  const links = join(optimised.path, "nix/store/.links");
  const name = readdirSync(links).find((each) => lstatSync(join(links, each)).ino === ino);
  if (name === undefined) throw new Error("Nix has not linked the empty file");
  return name;
}

function libraryPath(): string {
  const name = readdirSync(join(optimised.path, "nix/store")).find((each) =>
    each.endsWith("-library"),
  );
  if (name === undefined) throw new Error("there is no library");
  return name;
}
