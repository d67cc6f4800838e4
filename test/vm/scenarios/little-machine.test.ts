import { expect, test } from "bun:test";
import { basename, dirname } from "node:path";
import { hostManifest } from "../../support/host-manifest.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { largeSystem } from "../../system/large.ts";
import { type LiveSystem, type Machine, machine } from "../index.ts";
import { layoutManifest } from "../layouts/fill-in.ts";
import { hostAddress, scenarioTimeout } from "./scenario.ts";

/** Seconds that 1.2 GB may take on one emulated core. */
const largeDeadline = 40 * 60;

/** Milliseconds for all of it, the caches' making included. */
const largeTimeout = 75 * 60 * 1000;

/** Whether the large system is made and installed: `npm run test:vm:all`. */
const withLargeSystem = process.env.LANDFALL_LAYOUTS === "all";

/** A machine with one core, and the live system in memory beside everything else. */
async function littleMachine(name: string, memory: number): Promise<Machine> {
  return await machine({
    name,
    firmware: "bios",
    cpus: 1,
    memory,
    disks: [{ name: "main", size: 4096 }],
  });
}

/** Asserts that no disk has anything of the live system, so that all of it is in memory. */
async function expectInMemory(live: LiveSystem): Promise<void> {
  const { output } = await live.run("cat /proc/1/mounts /proc/swaps; cat /sys/block/loop0/ro");
  expect(output).not.toContain("/dev/vd");
  expect(output).toContain("Filename");
  expect(output.trim().split("\n").at(-1)).toBe("1");
}

test(
  "384 MB: refused before a disk is touched, with how much memory there is and how much it takes",
  async () => {
    const fixture = await systemFixture();
    await using cache = await serveDirectory(fixture.layoutCache);
    await using computer = await littleMachine("little-refused", 384);
    const live = await computer.live({ inMemory: true });
    await expectInMemory(live);
    const blank = await computer.hashDisk("main");
    const refused = await live.install({
      manifest: await layoutManifest("bios-ext4", {
        "@toplevel@": fixture.layouts["bios-ext4"],
        "@substituter@": cache.url(hostAddress),
        "@public-key@": fixture.publicKey,
      }),
    });
    expect(refused).toMatchObject({ exitCode: 4 });
    expect(refused.output).toMatch(
      /memory: [\d.]+ MiB of 3\d\d MiB are available, and an install needs 120 MiB/,
    );
    await live.run("sync");
    expect(await computer.hashDisk("main")).toBe(blank);
  },
  scenarioTimeout,
);

async function expectLargeInstall(
  fixture: SystemFixture,
  compression: "zstd" | "xz",
  memory: number,
): Promise<void> {
  const large = await largeSystem();
  await using web = await serveDirectory(large.cache[compression], {
    routes: { "/tarball/": dirname(fixture.nixTarball) },
  });
  await using computer = await littleMachine(`little-${compression}`, memory);
  const live = await computer.live({ inMemory: true });
  await expectInMemory(live);
  const tarball = await Bun.file(fixture.nixTarball).bytes();
  const { exitCode, output } = await live.install({
    manifest: hostManifest({
      firmware: "bios",
      toplevel: large.toplevel,
      substituter: web.url(hostAddress),
      publicKey: fixture.publicKey,
      tarball: `${web.url(hostAddress)}/tarball/${basename(fixture.nixTarball)}`,
      tarballSha256: new Bun.CryptoHasher("sha256").update(tarball).digest("hex"),
    }),
    timeout: largeDeadline,
  });
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  expect(output).toContain("(kept on the target disk)");
  await live.powerOff();

  const booted = await computer.bootDisk();
  const { console } = booted;
  await console.login("root", fixture.password);
  const current = await console.run("readlink -f /run/current-system");
  expect(current.output.trim()).toBe(large.toplevel);
  const state = await console.run("systemctl is-system-running --wait", { timeout: 180 });
  expect(state.output.trim()).toBe("running");
  const check = await console.run("nix-store --verify --check-contents 2>&1", { timeout: 1200 });
  expect(check).toMatchObject({ exitCode: 0 });
  await booted.powerOff();
}

if (withLargeSystem) {
  for (const compression of ["zstd", "xz"] as const) {
    test(
      `512 MB, one core, ${compression} cache: 1.2 GB are installed to the end, and boot`,
      async () => expectLargeInstall(await systemFixture(), compression, 512),
      largeTimeout,
    );
  }
}
