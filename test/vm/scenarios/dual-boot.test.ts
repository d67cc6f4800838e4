import { expect, test } from "bun:test";
import { join } from "node:path";
import { serveDirectory } from "../../support/nginx.ts";
import { systemFixture } from "../../system/index.ts";
import { type LiveSystem, liveImage, machine } from "../index.ts";
import { fillIn } from "../layouts/fill-in.ts";
import { hostAddress, installDeadline, liveState, scenarioTimeout } from "./scenario.ts";

const disk = "/dev/disk/by-id/virtio-landfall-main";

/** Where the other system's own partition lies, in bytes. */
const otherPartition = { start: 257 * 2 ** 20, length: 64 * 2 ** 20 };

/** What the other system prints when it boots: it is the live system's kernel and initrd, which miss their disk. */
const otherSystem = /initrd: no disk with the serial landfall-live/;

/** Puts another system on the disk: a loader on an ESP with its boot entry, a partition of its own, and free space. */
async function installOtherSystem(live: LiveSystem): Promise<void> {
  const image = await liveImage();
  await live.copyIn(image.kernel, "/tmp/kernel");
  await live.copyIn(image.initrd, "/tmp/initrd");
  const { exitCode, output } = await live.run(`
    set -e
    sfdisk --quiet --label gpt ${disk} <<TABLE
start=1MiB, size=256MiB, type=uefi, name="EFI system partition"
start=257MiB, size=64MiB, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, name="Basic data partition"
TABLE
    udevadm settle
    mkfs.vfat -n ESP ${disk}-part1 >/dev/null
    head -c 64M /dev/urandom >${disk}-part2
    mount ${disk}-part1 /mnt
    mkdir -p /mnt/EFI/other
    cp /tmp/kernel /tmp/initrd /mnt/EFI/other
    umount /mnt
    efibootmgr --quiet --create --disk /dev/vda --part 1 --label Other --loader '\\EFI\\other\\kernel' \\
      --unicode 'console=ttyS0 initrd=\\EFI\\other\\initrd'
  `);
  expect([exitCode, output]).toEqual([0, ""]);
}

/** What must not change: the entries of the other system in the partition table, on the ESP and in the firmware. */
async function otherSystemOf(live: LiveSystem): Promise<string> {
  const { output } = await live.run(`
    sfdisk --dump ${disk} | grep -E '^(label-id|/dev/vda[12] )'
    mount -o ro ${disk}-part1 /mnt && (cd /mnt && sha256sum EFI/other/*); umount /mnt
    efibootmgr --verbose | grep Other
  `);
  return output;
}

test(
  "dual boot: installs into the free space beside another system, and either boots",
  async () => {
    const fixture = await systemFixture();
    await using cache = await serveDirectory(fixture.layoutCache);
    await using computer = await machine({
      name: "dual-boot",
      firmware: "uefi",
      disks: [{ name: "main", size: 2048 }],
    });
    const live = await computer.live();
    await installOtherSystem(live);
    const otherBefore = await otherSystemOf(live);
    await live.run("sync");
    const hashBefore = await computer.hashDisk("main", otherPartition);
    const before = await liveState(live);
    const manifest = await fillIn(join(import.meta.dir, "dual-boot.toml"), {
      "@toplevel@": fixture.layouts["uefi-ext4"],
      "@substituter@": cache.url(hostAddress),
      "@public-key@": fixture.publicKey,
    });
    const { exitCode, output } = await live.install({ manifest, timeout: installDeadline });
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(await liveState(live)).toEqual(before);
    expect(await otherSystemOf(live)).toBe(otherBefore);
    await live.powerOff();
    expect(await computer.hashDisk("main", otherPartition)).toBe(hashBefore);

    const booted = await computer.bootDisk();
    const { console } = booted;
    await console.login("root", fixture.password);
    expect((await console.run("readlink -f /run/current-system")).output.trim()).toBe(
      fixture.layouts["uefi-ext4"],
    );
    const next =
      "efibootmgr --quiet --bootnext $(efibootmgr | sed -n 's/^Boot\\(....\\).* Other.*/\\1/p')";
    expect(await console.run(next)).toEqual({ exitCode: 0, output: "" });
    await booted.powerOff();

    const other = await computer.bootDisk();
    await other.console.expect(otherSystem);
    expect(await other.ended()).toContain("guest-shutdown");
  },
  scenarioTimeout,
);
