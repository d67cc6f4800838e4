import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { InitrdReader } from "../../../src/system-info/initrd/initrd-reader.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { initrdUnit, sysrootTable, systemdInitrd } from "../../unit/system-info/initrd/initrds.ts";

/*
 * An initrd with systemd in it, put together by the commands of nixpkgs: `make-initrd-ng.nix`, `initrd-compressor-meta.nix`
 * and `microcode-intel`.
 */

setDefaultTimeout(30_000);

const script = `
  set -eu
  mkdir -p early/kernel/x86/microcode
  head -c 300000 /dev/zero | tr '\\0' 'm' > early/kernel/x86/microcode/GenuineIntel.bin
  (cd early && echo kernel/x86/microcode/GenuineIntel.bin | cpio --quiet -o -H newc -R +0:+0 --reproducible) > microcode.img
  (cd root && find * .[^.*] -exec touch -h -d '@1' '{}' + || true)
  cat microcode.img > initrd
  (cd root && find . -print0 | sort -z | cpio --quiet -o -H newc -R +0:+0 --reproducible --null | $compress) >> initrd`;

const unit = "[Mount]\nWhat=/dev/mapper/state\nWhere=/sysroot/state\nType=ext4\n";
const rootLine = "/dev/disk/by-label/nixos / ext4 x-initrd.mount 0 1\n";

test.each(["zstd -10 -q", "gzip -9n", "xz --check=crc32 --lzma2=dict=512KiB", "cat"])(
  "an initrd of nixpkgs with systemd in it, behind microcode, compressed by %s",
  async (compress) => {
    await using scratch = await scratchDirectory("systemd-initrd");
    const entries = [
      ...systemdInitrd("cryptroot /dev/disk/by-partlabel/root - discard\n"),
      ...sysrootTable(rootLine),
      ...initrdUnit("sysroot-state.mount", unit),
    ];
    for (const { path, file, link } of entries) {
      const target = join(scratch.path, "root", path);
      await mkdir(file === undefined && link === undefined ? target : dirname(target), {
        recursive: true,
      });
      if (link !== undefined) await symlink(link, target);
      if (file !== undefined) await Bun.write(target, file);
    }
    await exec(["sh", "-c", `cd "$1"; compress="$2"; ${script}`, "sh", scratch.path, compress]);
    const reader = new InitrdReader();
    try {
      for await (const chunk of Bun.file(join(scratch.path, "initrd")).stream())
        reader.write(chunk);
      expect(reader.end()).toMatchObject({
        kind: "systemd",
        modules: ["ahci", "dm_crypt", "ext4"],
        luksDevices: [{ name: "cryptroot", device: "/dev/disk/by-partlabel/root" }],
        mounts: [
          { device: "/dev/disk/by-label/nixos", mountPoint: "/", type: "ext4" },
          { device: "/dev/mapper/state", mountPoint: "/state", type: "ext4" },
        ],
        hasMdadm: false,
        hasLvm: false,
      });
    } finally {
      reader.close();
    }
  },
);
