import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InstallerError } from "../../../src/errors.ts";
import { mount, unmount } from "../../../src/linux/mount.ts";
import { exec } from "../../../src/run/command.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { rejection } from "../../support/rejection.ts";
import { buildDirectory, scratchDirectory } from "../../support/scratch.ts";
import { closureFixture, nix } from "./closure-fixture.ts";
import { pull, storeEntries } from "./pulling.ts";

setDefaultTimeout(60_000);

test("a target that is too small is an error of the disk that says so", async () => {
  const fixture = await closureFixture();
  await using server = await serveDirectory(fixture.caches.zstd);
  await using scratch = await scratchDirectory("small");
  const root = join(scratch.path, "root");
  mkdirSync(root);
  mount("tmpfs", root, "tmpfs", 0, "size=8m");
  try {
    const error = await rejection(pull(fixture, [server.url()], root));
    expect(error).toBeInstanceOf(InstallerError);
    expect(error).toMatchObject({
      reason: "disk",
      message: expect.stringMatching(
        / cannot be written: the file system of \S+\/nix\/store is full: \S+ MiB of 8 MiB are free, and \S+ MiB are still to be written$/,
      ),
      hint: expect.stringMatching(/larger by at least \S+ MiB, .* run the same command again/),
    });
    expect(storeEntries(root).filter((name) => name.endsWith("-library"))).toEqual([]);
  } finally {
    // Succeeds only if the pull has closed everything.
    unmount(root);
  }
});

/** What stands in for the command line: it pulls as the install command does. */
const program = `
import { pullStep } from "./cache/pull-step.ts";
import { walkClosure } from "./cache/walk.ts";
import { exec } from "./run/command.ts";

const [toplevel = "", url = "", key = "", root = ""] = process.argv.slice(2);
const { signal } = new AbortController();
const closure = await walkClosure({
  toplevel,
  substituters: [url],
  trustedPublicKeys: [key],
  requireSignatures: true,
  connections: 8,
  signal,
});
const step = { kind: "pull", id: "pull", root, closure, connections: 8, autoOptimise: false } as const;
await pullStep.run(step, { signal, exec, progress() {}, profile() {}, log() {}, hold() {} });
`;

test.each(["xz", "bzip2"] as const)(
  "the compiled binary needs nothing else for a cache with %s NARs",
  async (compression) => {
    const fixture = await closureFixture();
    await using server = await serveDirectory(fixture.caches[compression]);
    await using scratch = await scratchDirectory("compiled");
    // The workers find their code only if the entry points are where build.ts has them.
    cpSync(join(buildDirectory, "../src"), join(scratch.path, "src"), { recursive: true });
    symlinkSync(join(buildDirectory, "../node_modules"), join(scratch.path, "node_modules"));
    writeFileSync(join(scratch.path, "src/main.ts"), program);
    const binary = join(scratch.path, "binary");
    const entries = ["src/main.ts", "src/cache/worker.ts"];
    const flags = [
      "--compile",
      "--bytecode",
      "--format=esm",
      "--minify-syntax",
      `--outfile=${binary}`,
    ];
    const build = Bun.spawnSync([process.execPath, "build", ...entries, ...flags], {
      cwd: scratch.path,
    });
    expect(build.exitCode, build.stderr.toString()).toBe(0);

    const root = join(scratch.path, "root");
    mkdirSync(root);
    const environment = { PATH: "/nonexistent" };
    await exec([binary, fixture.toplevel, server.url(), fixture.publicKey, root], { environment });
    await nix(["nix-store", "--store", root, "--verify", "--check-contents"]);
    const missing = await nix([
      "nix-store",
      "--store",
      root,
      "--check-validity",
      "--print-invalid",
      fixture.toplevel,
    ]);
    expect(missing).toBe("");
  },
  60_000,
);
