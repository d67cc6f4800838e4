import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findMissingModules } from "../../../src/facts/kernel-support.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const wanted = ["ext4", "btrfs", "dm-crypt", "dm-thin-pool", "raid1", "zfs", "xfs", "vfat"];

/** A system with a kernel that has ext4 built in, vfat mounted, raid1 loaded, and some modules on its disk. */
async function system(root: string) {
  const release = join(root, "modules/6.1.0");
  await mkdir(join(root, "sys/module/raid1"), { recursive: true });
  await Bun.write(join(root, "proc/filesystems"), "nodev\tproc\n\text3\n\tvfat\n");
  await Bun.write(join(release, "modules.builtin"), "kernel/fs/ext4/ext4.ko\n");
  await Bun.write(
    join(release, "modules.dep"),
    [
      "kernel/drivers/md/dm-crypt.ko.xz: kernel/drivers/md/dm-mod.ko.xz",
      "kernel/drivers/md/dm-thin-pool.ko: kernel/drivers/md/dm-bufio.ko",
      "updates/dkms/zfs.ko.zst:",
    ].join("\n"),
  );
  await Bun.write(join(release, "kernel/drivers/md/dm-crypt.ko.xz"), "");
  await Bun.write(join(release, "updates/dkms/zfs.ko.zst"), "");
  return {
    proc: join(root, "proc"),
    sysfs: join(root, "sys"),
    modules: [join(root, "nothing"), join(root, "modules")],
  };
}

test("a module is there that is built in, loaded, or a file in the kernel's directory", async () => {
  await using scratch = await scratchDirectory("kernel");
  const places = await system(scratch.path);
  expect(await findMissingModules(wanted, "6.1.0", places)).toEqual([
    "btrfs",
    // In the list, but its file was left out of the image.
    "dm-thin-pool",
    "xfs",
  ]);
});

test("where nothing lists the kernel's modules, none is called missing", async () => {
  await using scratch = await scratchDirectory("kernel");
  const places = await system(scratch.path);
  expect(await findMissingModules(wanted, "6.12.0", places)).toEqual([]);
});
