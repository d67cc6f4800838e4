import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { scratchDirectory } from "../../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../../system/index.ts";
import type { BootstrapReport } from "./bootstrap-program.ts";
import { runProgram } from "./run-program.ts";

/*
 * The plain tree's tarball serves twice: as portable store, and unpacked by tar as the target that real Nix made.
 */
let fixture: SystemFixture;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;

// The system that is installed in tests is built first where it is not yet.
setDefaultTimeout(900_000);

beforeAll(async () => {
  fixture = await systemFixture();
  scratch = await scratchDirectory("nix-check");
});

afterAll(() => scratch[Symbol.asyncDispose]());

/** A target of its own, changed by a shell script in it; its Nix stands for a system, with the paths of its closure. */
async function target(script = ":"): Promise<{ root: string; nix: string; paths: number }> {
  const root = join(scratch.path, Bun.hash(script).toString(36));
  await mkdir(root);
  await Bun.$`tar -x -f ${fixture.treeTarball} --zstd`.cwd(root);
  const names = await Bun.$`ls nix/store`.cwd(root).text();
  const nix = `/nix/store/${/^\S+-nix-\d\S*$/m.exec(names)?.[0]}`;
  const closure = await fixture.nix(["nix-store", "--query", "--requisites", nix]);
  const paths = closure.trim().split("\n").length;
  await Bun.$`sh -euc ${script}`.cwd(root).quiet();
  return { root, nix, paths };
}

async function check(
  { root, nix, paths }: { root: string; nix: string; paths: number },
  toplevel = nix,
): Promise<BootstrapReport> {
  return await runProgram({
    store: {
      kind: "portable-store",
      id: "portable-store",
      tarball: fixture.treeTarball,
      location: "memory",
      root,
      system: "x86_64-linux",
    },
    check: { kind: "nix-check", id: "nix-check", root, toplevel, paths },
    commands: [],
  });
}

test("Nix agrees with a store that is what it should be", async () => {
  const made = await target();
  const { error, lastProgress } = await check(made);
  expect(error).toBeUndefined();
  expect(lastProgress).toEqual({ done: made.paths, total: made.paths, unit: "items" });
});

test("a closure of another size is noticed", async () => {
  const made = await target("true");
  const { error } = await check({ ...made, paths: made.paths + 1 });
  expect(error?.reason).toBe("integrity");
  expect(error?.message).toContain(`it finds ${made.paths} store paths, not ${made.paths + 1}`);
});

test("a path that is registered and not there is noticed", async () => {
  const { error } = await check(await target("rm -rf nix/store/*-glibc-*"));
  expect(error?.reason).toBe("integrity");
  expect(error?.message).toMatch(/-glibc-\S+ is registered but missing/);
});

test("a system that is not registered is noticed", async () => {
  const { error } = await check(await target("rm nix/var/nix/db/db.sqlite"));
  expect(error?.reason).toBe("integrity");
  expect(error?.message).toContain("nix-store ended with exit status 1");
});
