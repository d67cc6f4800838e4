import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Closure } from "../../../src/cache/closure.ts";
import type { PullReport } from "../../../src/cache/pull.ts";
import { pullAndRegister } from "../../../src/cache/pull-and-register.ts";
import { InstallerError } from "../../../src/errors.ts";
import { exec } from "../../../src/run/command.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture, nix } from "./closure-fixture.ts";
import { quickHttp, walk } from "./pulling.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

let fixture: ClosureFixture;
let server: WebServer;
let closure: Closure;

beforeAll(async () => {
  fixture = await closureFixture();
  server = await serveDirectory(fixture.caches.zstd);
  closure = await walk(fixture, [server.url()]);
}, 120_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function pullTo(root: string): Promise<Omit<PullReport, "profile">> {
  return pullAndRegister({
    closure,
    root,
    connections: 16,
    signal: new AbortController().signal,
    http: quickHttp,
  });
}

/** The error of a pull that must fail for the disk; nothing of the target is open any more then. */
async function failure(root: string): Promise<InstallerError> {
  const error = await rejection(pullTo(root));
  if (!(error instanceof InstallerError)) throw error;
  expect(error.reason, error.message).toBe("disk");
  return error;
}

/** Pulls again what failed before, of which something must be kept, and has Nix look at it. */
async function goOn(root: string): Promise<void> {
  const report = await pullTo(root);
  expect(report.kept).toBeGreaterThan(0);
  expect(report.kept + report.fetched).toBe(closure.paths.length);
  await nix(["nix-store", "--store", root, "--verify", "--check-contents"]);
}

/** An image in a directory, and the directory where it is mounted. Disposing it unmounts, which nothing may prevent. */
async function mountedImage(size: number, mkfs: readonly string[]) {
  const scratch = await scratchDirectory("disk");
  const [image, root] = [join(scratch.path, "image"), join(scratch.path, "root")];
  mkdirSync(root);
  writeFileSync(image, "");
  truncateSync(image, size);
  await exec([...mkfs, image]);
  await exec(["mount", "-o", "loop", image, root]);
  return {
    image,
    root,
    remount: async (change: () => Promise<unknown>) => {
      await exec(["umount", root]);
      await change();
      await exec(["mount", "-o", "loop", image, root]);
    },
    [Symbol.asyncDispose]: async () => {
      await exec(["umount", root]);
      await scratch[Symbol.asyncDispose]();
    },
  };
}

async function mountedTmpfs(options: string) {
  const scratch = await scratchDirectory("tmpfs");
  await exec(["mount", "-t", "tmpfs", "-o", options, "tmpfs", scratch.path]);
  return {
    root: scratch.path,
    [Symbol.asyncDispose]: async () => {
      await exec(["umount", scratch.path]);
      await scratch[Symbol.asyncDispose]();
    },
  };
}

const full =
  /^\/nix\/store\/\S+ cannot be written: the file system of \S+\/nix\/store is full: .* of .* are free, and .* are still to be written$/;

test("an ext4 that is too small is told with figures; made larger, it is filled further", async () => {
  await using disk = await mountedImage(24 * MiB, ["mkfs.ext4", "-q", "-m", "0"]);
  const error = await failure(disk.root);
  expect(error.message).toMatch(full);
  expect(error.hint).toMatch(/larger by at least \S+ MiB/);
  await disk.remount(async () => {
    truncateSync(disk.image, 80 * MiB);
    await exec(["e2fsck", "-f", "-p", disk.image]);
    await exec(["resize2fs", disk.image]);
  });
  await goOn(disk.root);
});

test("a btrfs that is too small is told of; made larger, it is filled further", async () => {
  await using disk = await mountedImage(32 * MiB, ["mkfs.btrfs", "-q", "--mixed", "-m", "single"]);
  const error = await failure(disk.root);
  expect(error.message).toMatch(/is full: /);
  await disk.remount(async () => truncateSync(disk.image, 300 * MiB));
  await exec(["btrfs", "filesystem", "resize", "max", disk.root]);
  await goOn(disk.root);
});

test("a quota that is used up is told of, and not taken for a full disk", async () => {
  await using disk = await mountedImage(160 * MiB, ["mkfs.btrfs", "-q"]);
  await exec(["btrfs", "quota", "enable", disk.root]);
  await exec(["btrfs", "qgroup", "limit", "8M", disk.root]);
  const error = await failure(disk.root);
  expect(error.message).toMatch(/the quota of the file system of \S+ is used up/);
  expect(error.hint).toContain("Raise the quota");
  await exec(["btrfs", "qgroup", "limit", "none", disk.root]);
  await pullTo(disk.root);
  await nix(["nix-store", "--store", disk.root, "--verify", "--check-contents"]);
});

test("a file system without inodes is not called full", async () => {
  await using target = await mountedTmpfs("size=100m,nr_inodes=60");
  const error = await failure(target.root);
  expect(error.message).toMatch(/has not enough inodes: \d+ of 60 are free$/);
  await exec(["mount", "-o", "remount,nr_inodes=1000", target.root]);
  await goOn(target.root);
});

test("a disk that is full when paths are registered is told of", async () => {
  await using target = await mountedTmpfs("size=100m");
  mkdirSync(join(target.root, "nix/var"), { recursive: true });
  const state = join(target.root, "nix/var");
  await exec(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", state]);
  try {
    const error = await failure(target.root);
    expect(error.message).toMatch(
      /nix\/var\/nix\/db\S* cannot be used: the file system of \S+ is full/,
    );
    await exec(["mount", "-o", "remount,size=20m", state]);
    await goOn(target.root);
  } finally {
    await exec(["umount", state]);
  }
});

test("a file system that is read-only is told of", async () => {
  await using target = await mountedTmpfs("size=100m");
  await pullTo(target.root);
  await exec(["mount", "-o", "remount,ro", target.root]);
  const error = await failure(target.root);
  expect(error.message).toContain("its file system is read-only");
});

test("a disk that fails while it is written to is told of, and nothing is registered", async () => {
  // The file system is larger than what its image can hold: the kernel's writes fail, long after the installer's.
  await using small = await mountedTmpfs("size=16m");
  const image = join(small.root, "image");
  writeFileSync(image, "");
  truncateSync(image, 100 * MiB);
  await exec(["mkfs.ext4", "-q", "-O", "^has_journal", "-E", "lazy_itable_init=1", image]);
  await using scratch = await scratchDirectory("failing");
  await exec(["mount", "-o", "loop", image, scratch.path]);
  try {
    const error = await failure(scratch.path);
    expect(error.message).toMatch(/does not get to the disk|the disk fails|read-only/);
    expect(error.hint).toContain("dmesg");
    expect(statfsSync(scratch.path).bavail).toBeGreaterThan(0);
  } finally {
    await exec(["umount", scratch.path]);
  }
});
