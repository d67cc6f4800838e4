import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { type LayoutName, layoutNames } from "../../system/layouts.ts";
import { sourceDirectory } from "../../system/paths.ts";

setDefaultTimeout(60_000);

let fixture: SystemFixture;

beforeAll(async () => {
  fixture = await systemFixture();
}, 900_000);

/** Runs a script where the store is, with `$toplevel` set and the initrd of the layout unpacked in the directory `$root`. */
async function withInitrd(layout: LayoutName, script: string): Promise<string> {
  const prelude = `
    toplevel=$1 root=$(mktemp -d)
    trap 'umount "$root/proc" "$root/dev" 2> /dev/null || true; rm -rf --one-file-system "$root"' EXIT
    zstd -dc < "$toplevel/initrd" | (cd "$root"; cpio --quiet -idm)`;
  const argv = ["bash", "-euo", "pipefail", "-c", `${prelude}\n${script}`, "check"];
  return await fixture.nix([...argv, fixture.layouts[layout]]);
}

/** The text of a file of a layout's toplevel, below `etc`. */
async function etcFile(layout: LayoutName, path: string): Promise<string> {
  return await fixture.nix(["cat", `${fixture.layouts[layout]}/etc/${path}`]);
}

describe("layouts", () => {
  test("are those that there are files for", async () => {
    const files = await readdir(join(sourceDirectory, "nix/layouts"));
    const names: string[] = layoutNames.map((name) => `${name}.nix`);
    expect(files.toSorted()).toEqual(names.toSorted());
    expect(Object.keys(fixture.layouts)).toEqual([...layoutNames]);
  });

  test("are small, and share nearly everything", async () => {
    const all = new Map<string, number>();
    for (const toplevel of Object.values(fixture.layouts)) {
      const paths: { path: string; narSize: number }[] = JSON.parse(
        await fixture.nix(["nix", "path-info", "--json", "--recursive", toplevel]),
      );
      expect(paths.length).toBeLessThanOrEqual(205);
      expect(paths.reduce((sum, { narSize }) => sum + narSize, 0)).toBeLessThan(210e6);
      for (const { path, narSize } of paths) all.set(path, narSize);
    }
    expect([...all.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(500e6);
  });

  test("are in their cache, signed", async () => {
    const closures = await fixture.nix(["nix-store", "-qR", ...Object.values(fixture.layouts)]);
    for (const path of closures.trim().split("\n")) {
      const hash = basename(path).slice(0, 32);
      const narinfo = await Bun.file(join(fixture.layoutCache, `${hash}.narinfo`)).text();
      expect(narinfo).toContain(`StorePath: ${path}\n`);
      expect(narinfo).toContain(`Sig: ${fixture.publicKey.split(":")[0]}:`);
    }
  });
});

describe("fstab", () => {
  test("names devices whose names have spaces as udev and mount expect it", async () => {
    const lines = (await etcFile("odd-partitions", "fstab")).trim().split("\n");
    expect(lines).toContain(
      String.raw`/dev/disk/by-partlabel/data\x20one /data/one ext4 defaults 0 2`,
    );
    expect(lines).toContain(String.raw`PARTLABEL=data\040two /data/two ext4 defaults 0 2`);
  });

  test("has parents before what is mounted in them", async () => {
    const lines = (await etcFile("mounts", "fstab")).trim().split("\n");
    const mountPoints = lines.map((line) => line.split(" ")[1]);
    expect(mountPoints).toEqual([
      "/",
      "/a",
      "/a/b",
      "/a/b/c",
      "/absent",
      "/boot",
      "/persist",
      "/scratch",
      "/srv",
    ]);
  });

  test("swap with a random key is made by the unit that systemd will look for", async () => {
    const mapping = "/dev/mapper/dev-disk-byx2dpartlabel-random";
    expect(await etcFile("swap", "fstab")).toContain(`${mapping} none swap defaults`);
    const script = `
      PATH=$PATH:$(readlink -f "$1/systemd")/bin
      unit=$(systemd-escape --path --suffix=swap "$2")
      cat "$1/etc/systemd/system/$unit.wants/mkswap-\${2##*/}.service"`;
    const { swap } = fixture.layouts;
    const unit = await fixture.nix(["bash", "-euc", script, "check", swap, mapping]);
    expect(unit).toContain("Description=Initialisation of swap device");
  });
});

describe("stage 1", () => {
  test("has every module it loads, and can run its script", async () => {
    for (const layout of layoutNames) {
      const script = `
        init=$root$(readlink "$root/init")
        "$root/bin/busybox" sh -n "$init"
        cd "$root"/nix/store/*-modules-shrunk
        for module in $(sed -n 's/^for module in \\(.*\\); do$/\\1/p' "$init"); do
          modprobe --dirname . --set-version "$(ls lib/modules)" --show-depends "$module"
        done`;
      const modules = await withInitrd(layout, script);
      expect({ layout, modules }).toMatchObject({ modules: expect.stringContaining("virtio_blk") });
    }
  });

  test("mounts early what NixOS needs for boot, and nothing else", async () => {
    const fstab = await withInitrd("tmpfs-root", 'cat "$root/etc/fstab"');
    expect(fstab).toBe(
      "none / tmpfs mode=755,size=50%\n" +
        "/dev/disk/by-label/nix /nix ext4 noatime\n" +
        "/dev/disk/by-label/persist /persist ext4 defaults\n",
    );
    const subvolumes = await withInitrd("btrfs-subvolumes", 'cut -d" " -f2 "$root/etc/fstab"');
    expect(subvolumes).toBe("/\n/nix\n");
  });

  test("opens a LUKS2 header made with Argon2", async () => {
    const output = await withInitrd(
      "luks-keyfile",
      `mount -t proc proc "$root/proc"
       mount --bind /dev "$root/dev"
       truncate -s 32M "$root/disk"
       head -c 8192 /dev/urandom > "$root/key"
       inside() { env -i PATH=/bin "$(command -v chroot)" "$root" "$@" 2>&1; }
       inside cryptsetup luksFormat -q --pbkdf argon2id --pbkdf-memory 65536 --pbkdf-force-iterations 4 --key-file /key --keyfile-size 4096 /disk
       inside cryptsetup luksOpen --test-passphrase --key-file=/key --keyfile-size=4096 /disk
       ! inside cryptsetup luksOpen --test-passphrase --key-file=/key --keyfile-size=4095 /disk
       grep -h luksOpen "$root$(readlink "$root/init")"`,
    );
    expect(output).toContain(
      "cryptsetup luksOpen /dev/disk/by-partlabel/root cryptroot --key-file=/dev/disk/by-id/virtio-landfall-key --keyfile-size=4096 ",
    );
  });

  test("has what assembles and activates only where the layout asks for it", async () => {
    const programs = "cd $root/bin; ls mdadm lvm cryptsetup dmsetup 2> /dev/null || true";
    const found = async (layout: LayoutName) => (await withInitrd(layout, programs)).split("\n");
    expect(await found("uefi-ext4")).toEqual([""]);
    expect(await found("raid-data")).toEqual(["mdadm", ""]);
    expect(await found("lvm")).toEqual(["dmsetup", "lvm", ""]);
    expect(await found("luks-raid")).toEqual(["cryptsetup", "dmsetup", "mdadm", ""]);
    expect(await found("luks-lvm")).toEqual(["cryptsetup", "dmsetup", "lvm", ""]);
  });
});
