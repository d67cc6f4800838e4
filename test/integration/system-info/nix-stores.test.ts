import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { hostManifest } from "../../support/host-manifest.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";

setDefaultTimeout(120_000);

const installer = join(import.meta.dir, "../../../dist/installer");

let fixture: SystemFixture;

beforeAll(async () => {
  fixture = await systemFixture();
}, 900_000);

test("a system in a store that only Nix can read is known as well, and judged before the disk is written", async () => {
  await using scratch = await scratchDirectory("nix-stores");
  await using disk = await loopDisk(3 * 2 ** 30);
  const manifest = join(scratch.path, "host.toml");
  const text = hostManifest({
    firmware: "bios",
    toplevel: fixture.toplevel.bios,
    substituter: `local?root=${fixture.builderRoot}`,
    publicKey: fixture.publicKey,
    tarball: fixture.treeTarball,
  })
    .replace(/^device = "\/dev.*$/m, `device = "${disk.path}"`)
    .replace("[cache]", "[cache]\nrequire-sigs = false")
    .replace('label = "nixos"', 'label = "another"');
  await Bun.write(manifest, text);
  const root = join(scratch.path, "root");
  await mkdir(root);
  await chmod(scratch.path, 0o755);
  const child = Bun.spawn([installer, "plan", "--manifest", manifest, "--root", root], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stderr, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 4 });
  // What /etc/fstab names, which was read through Nix.
  expect(stderr).toContain("/dev/disk/by-label/nixos");
  expect((await disk.facts()).signatures).toEqual([]);
});
