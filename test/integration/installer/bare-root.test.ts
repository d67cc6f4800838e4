import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { FactsDocument } from "../../../src/facts/document.ts";
import { readMountInfo } from "../../../src/linux/mount-info.ts";
import type { PlanDocument } from "../../../src/plan/document/schema.ts";
import { stepPrograms } from "../../../src/plan/programs.ts";
import { exec } from "../../../src/run/command.ts";
import { hostManifest } from "../../support/host-manifest.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { type BareRoot, bareRoot } from "./bare-root.ts";

/*
 * The compiled installer with an empty environment, in a chroot that holds nothing but itself, the C library and the
 * programs it names. The install goes all the way to the boot loader, which cannot be installed here: the system names
 * a disk that this machine does not have.
 */

const minutes = 60 * 1000;

let root: BareRoot;
let fixture: SystemFixture;
let cache: WebServer;

beforeAll(async () => {
  root = await bareRoot();
  fixture = await systemFixture();
  cache = await serveDirectory(fixture.cache.zstd);
}, 20 * minutes);

afterAll(async () => {
  await cache[Symbol.asyncDispose]();
  await root[Symbol.asyncDispose]();
});

/** Writes the manifest for a disk into the root, and the tarball it names beside it. */
async function writeManifest(device: string, substituter = cache.url()): Promise<void> {
  const manifest = hostManifest({
    firmware: "bios",
    toplevel: fixture.toplevel.bios,
    substituter,
    publicKey: fixture.publicKey,
    tarball: "/nix.tar.xz",
    device,
  })
    .replace("[disk.main]", "[disk.main]\nwipe = true")
    // Other tests may have the same system on a disk of this machine.
    .replace("[system]", '[system]\nseed = "bare root"');
  await Bun.write(join(root.path, "nix.tar.xz"), Bun.file(fixture.nixTarball));
  await Bun.write(join(root.path, "host.toml"), manifest);
}

/**
 * The programs that an install runs from its first step to its end, as its log has them: those behind nsenter(1) and
 * env(1) too, without the new system's.
 */
function programsRun(log: string): string[] {
  const steps = log.slice(log.indexOf(" begin: "));
  const commands = [...steps.matchAll(/#\d+ \$ (.*)/g)].map(([, command = ""]) =>
    command.replace(/^nsenter --target 1 --mount /, "nsenter ").split(" "),
  );
  const words = commands.flatMap(([first = "", ...rest]) => {
    if (first === "nsenter") return [first, ...rest.slice(0, 1)];
    if (first !== "env") return [first];
    return [first, ...rest.filter((word) => !word.includes("=")).slice(0, 1)];
  });
  // Of the live system's, chroot alone is run by its path.
  return [...new Set(words.map((word) => (word.endsWith("/chroot") ? "chroot" : word)))];
}

test("finds the programs that its steps name, and nothing else is needed", async () => {
  const { exitCode, stdout, stderr } = await root.run(["facts", "--format", "json"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const facts = JSON.parse(stdout) as FactsDocument;
  const expected = stepPrograms.filter((program) => Bun.which(program) !== null);
  expect(facts.tools.map(({ name }) => name).toSorted()).toEqual(expected.toSorted());
});

test(
  "installs until the boot loader fails, says so with exit code 8, and leaves nothing behind",
  async () => {
    await using disk = await loopDisk(3 * 2 ** 30);
    // It is used: so it is wiped.
    await exec(["mkfs.ext4", "-q", disk.path]);
    await writeManifest(disk.path);
    const mounts = readMountInfo().map(({ target }) => target);

    const plan = await root.run(["plan", "--manifest", "/host.toml", "--format", "json"]);
    expect(plan).toMatchObject({ exitCode: 0 });
    const { steps, tools } = JSON.parse(plan.stdout) as PlanDocument;
    expect(steps.map(({ title }) => title).join("\n")).toContain(`Partition ${disk.path}`);
    expect((await disk.facts()).signatures).toMatchObject([{ type: "ext4" }]);

    const install = await root.run(["--manifest", "/host.toml", "--log-file", "/tmp/log"]);
    expect(install).toMatchObject({ exitCode: 8 });
    expect(install.stdout).toContain("Activate nixos-system-landfall-bios");
    expect(install.stderr).toContain("/dev/disk/by-id/virtio-landfall-main");
    expect(install.stderr).toContain("Install the boot loader (switch-to-configuration boot)");
    expect(readMountInfo().map(({ target }) => target)).toEqual(mounts);
    expect((await disk.facts()).holders).toEqual([]);

    // The plan knew every program, where it is, and for what.
    const run = programsRun(await Bun.file(join(root.path, "tmp/log")).text());
    expect(run).toEqual(
      expect.arrayContaining(["wipefs", "sfdisk", "mkswap", "swapoff", "chroot"]),
    );
    const planned = tools.map(({ name, from, path }) => (from === "live-system" ? name : path));
    expect(run.filter((program) => !planned.includes(program))).toEqual([]);
    expect(
      tools.filter(({ path, neededBy }) => path === undefined || neededBy.length === 0),
    ).toEqual([]);
    expect(tools.find(({ name }) => name === "sfdisk")?.version).toMatch(/^\d+\.\d+/);
  },
  5 * minutes,
);

test("an address without a cache ends the install with exit code 6, before the disk is touched", async () => {
  await using disk = await loopDisk(3 * 2 ** 30);
  await writeManifest(disk.path, `${cache.url()}/nothing-here`);
  const { exitCode, stderr } = await root.run(["--manifest", "/host.toml"]);
  expect(exitCode).toBe(6);
  expect(stderr).toContain(`${cache.url()}/nothing-here`);
  expect((await disk.facts()).signatures).toEqual([]);
});

test("a disk that is not there is refused with exit code 4", async () => {
  await writeManifest("/dev/no-such-disk");
  const { exitCode, stderr } = await root.run(["--manifest", "/host.toml"]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 4 });
  expect(stderr).toContain("there is no disk /dev/no-such-disk");
  expect(stderr).toContain("/host.toml:15:2");
});
