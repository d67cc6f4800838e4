import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { type BenchClosure, buildClosure } from "../../bench/closure/build.ts";
import { closureSizes } from "../../bench/closure/sizes.ts";
import { copyContender } from "../../bench/contenders/floors.ts";
import { fillTarget } from "../../bench/fill.ts";
import type { Report } from "../../bench/results.ts";
import { checkComplete, verifyContents } from "../../bench/verify.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/* The benchmark with its smallest closure: that it works, not what it measures. */

setDefaultTimeout(120_000);

const checkout = join(import.meta.dir, "..", "..", "..");
const quiet = () => {};

let closure: BenchClosure;

beforeAll(async () => {
  closure = await buildClosure(closureSizes.tiny, quiet);
}, 120_000);

/** Runs the benchmark to its end, with that closure. */
async function bench(...options: string[]) {
  const argv = ["test/bench/main.ts", "--closure", "tiny", "--runs", "1", ...options];
  const child = Bun.spawn([process.execPath, ...argv], {
    cwd: checkout,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, stdout, stderr };
}

async function reportOf(stderr: string): Promise<Report> {
  const file = /^results: (.*)$/m.exec(stderr)?.[1];
  if (file === undefined) throw new Error(`no results:\n${stderr}`);
  return (await Bun.file(file).json()) as Report;
}

const contenders = ["installer", "nix-bookworm", "archive", "cp"];

for (const scene of ["zstd", "xz"]) {
  test(`every contender brings the whole closure over from ${scene}`, async () => {
    const { exitCode, stdout, stderr } = await bench(
      "--scene",
      scene,
      "--contenders",
      contenders.join(","),
    );
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const { scenes } = await reportOf(stderr);
    const rows = scenes[0]?.rows ?? [];
    expect(rows.map(({ contender }) => contender)).toEqual(contenders);
    const paths = closure.storePaths.length;
    for (const row of rows) {
      expect(stdout).toContain(row.label);
      expect(row.seconds).toBeGreaterThan(0);
      expect(row.cpu).toBeGreaterThan(0);
      // Looked at every 20 ms, so that little may be seen of what ends at once.
      expect(row.peakMemory).toBeGreaterThan(0);
      if (row.contender === "cp") expect(row.requests).toBe(0);
      else if (row.contender === "archive") expect(row.requests).toBe(1);
      else expect(row.requests).toBeGreaterThan(2 * paths);
    }
  });
}

test("a pull over a line with latency takes at least its round trips", async () => {
  const { exitCode, stderr } = await bench("--scene", "walk");
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const { scenes } = await reportOf(stderr);
  const rows = scenes[0]?.rows ?? [];
  const oneByOne = rows.find(({ contender }) => contender === "one-by-one");
  expect(oneByOne?.requests).toBe(closure.storePaths.length);
  expect(oneByOne?.seconds).toBeGreaterThan(closure.storePaths.length * 0.05);
});

test("a result without a path or with other contents is none", async () => {
  await using scratch = await scratchDirectory("bench");
  await fillTarget(closure, 0.5, scratch.path, quiet);
  expect(await rejection(checkComplete(closure, scratch.path))).toMatchObject({
    message: expect.stringContaining("paths are missing"),
  });
  await fillTarget(closure, 1, scratch.path, quiet);
  await checkComplete(closure, scratch.path);
  await verifyContents(closure, copyContender, scratch.path, quiet);
  await truncate(join(scratch.path, closure.toplevel, "init"), 3);
  expect(
    await rejection(verifyContents(closure, copyContender, scratch.path, quiet)),
  ).toMatchObject({ message: expect.stringContaining("was modified") });
});

test("what cannot be measured is said", async () => {
  const { exitCode, stderr } = await bench("--scene", "warp");
  expect(exitCode).toBe(1);
  expect(stderr).toContain("warp is none of zstd, xz, none");
});
