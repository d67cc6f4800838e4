import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { FactsDocument } from "../../../src/facts/document.ts";
import { readMountInfo } from "../../../src/linux/mount-info.ts";
import { stepPrograms } from "../../../src/plan/programs.ts";
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
  });
  await Bun.write(join(root.path, "nix.tar.xz"), Bun.file(fixture.nixTarball));
  await Bun.write(join(root.path, "host.toml"), manifest);
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
    await writeManifest(disk.path);
    const mounts = readMountInfo().map(({ target }) => target);

    const plan = await root.run(["plan", "--manifest", "/host.toml"]);
    expect(plan).toMatchObject({ exitCode: 0 });
    expect(plan.stdout).toContain(`Partition ${disk.path}`);
    expect((await disk.facts()).signatures).toEqual([]);

    const install = await root.run(["--manifest", "/host.toml"]);
    expect(install).toMatchObject({ exitCode: 8 });
    expect(install.stdout).toContain("Activate nixos-system-landfall-bios");
    expect(install.stderr).toContain("/dev/disk/by-id/virtio-landfall-main");
    expect(install.stderr).toContain("Install the boot loader (switch-to-configuration boot)");
    expect(readMountInfo().map(({ target }) => target)).toEqual(mounts);
    expect((await disk.facts()).holders).toEqual([]);
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
  expect(stderr).toContain("/host.toml:14:2");
});
