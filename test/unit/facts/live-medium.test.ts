import { describe, expect, test } from "bun:test";
import { hasHiddenRoot, liveUse, systemMountPoints } from "../../../src/facts/live-medium.ts";
import { parseMountInfo } from "../../../src/linux/mount-info.ts";

/** The mount points that a system needs which has these mounts; the program of process 1 is in `/sbin`. */
function needed(text: string, programs: readonly string[] = ["/sbin/init"]): string[] {
  return [...systemMountPoints(parseMountInfo(text), programs)];
}

describe("the live system needs", () => {
  test("Debian: the medium, the image on it, and what its root is made of", () => {
    const mounts = [
      "1 0 0:20 / / rw - overlay overlay rw,lowerdir=/run/live/rootfs/filesystem.squashfs/,upperdir=/run/live/overlay/rw,workdir=/run/live/overlay/work",
      "2 1 8:17 / /run/live/medium ro - iso9660 /dev/sdb1 ro",
      "3 1 7:0 / /run/live/rootfs/filesystem.squashfs ro - squashfs /dev/loop0 ro",
      "4 1 0:21 / /run/live/overlay rw - tmpfs tmpfs rw",
      "5 1 8:1 / /mnt rw - ext4 /dev/sda1 rw",
    ].join("\n");
    const points = needed(mounts);
    expect(points).toContain("/run/live/medium");
    expect(points).toContain("/run/live/rootfs/filesystem.squashfs");
    expect(points).not.toContain("/mnt");
  });

  test("a directory of an overlay, wherever it is mounted, and what holds its programs", () => {
    const mounts = [
      "1 0 0:20 / / rw - overlay overlay rw,lowerdir=/media/base:/media/more,upperdir=/media/rw\\040x/up",
      "2 1 8:1 / /media/base ro - ext4 /dev/sda1 ro",
      "3 1 8:2 / /media/rw\\040x rw - ext4 /dev/sda2 rw",
      "4 1 8:3 / /opt rw - ext4 /dev/sda3 rw",
      "5 1 8:4 / /home rw - ext4 /dev/sda4 rw",
    ].join("\n");
    const points = needed(mounts, ["/opt/bin/installer"]);
    expect(points.toSorted()).toEqual(["/", "/media/base", "/media/rw x", "/opt"]);
  });

  test("NixOS, Fedora, Arch, Ubuntu: the medium where they mount it", () => {
    for (const target of [
      "/iso",
      "/nix/.ro-store",
      "/run/initramfs/live",
      "/run/archiso/bootmnt",
      "/cdrom",
    ]) {
      expect(needed(`2 1 8:17 / ${target} ro - vfat /dev/sdb1 ro`)).toEqual([target]);
    }
  });
});

test("a disk is needed when anything on it, at any depth, is", () => {
  const holders = [
    { kind: "mount" as const, device: "/dev/sdb1", name: "/data" },
    { kind: "loop" as const, device: "/dev/sdb1", name: "/dev/loop0", path: "/dev/loop0" },
    { kind: "device-mapper" as const, device: "/dev/loop0", name: "live-rw", path: "/dev/dm-0" },
    { kind: "mount" as const, device: "/dev/dm-0", name: "/" },
  ];
  expect(liveUse(holders, new Set(["/"]), false)).toBe("/");
  expect(liveUse(holders.slice(0, 3), new Set(["/"]), false)).toBeUndefined();
});

test("a disk that nothing visible holds is needed where the root is made of what cannot be seen", () => {
  const root = "1 0 0:20 / / rw - overlay overlay rw,lowerdir=/lower,upperdir=/rw/up";
  expect(hasHiddenRoot(parseMountInfo(root))).toBe(true);
  expect(hasHiddenRoot(parseMountInfo("1 0 8:1 / / rw - ext4 /dev/sda1 rw"))).toBe(false);
  const held = [{ kind: "exclusive-open" as const, device: "/dev/sdb", name: "another program" }];
  expect(liveUse(held, new Set(), true)).toBe("/");
  expect(liveUse(held, new Set(), false)).toBeUndefined();
  const known = held.map((holder) => ({ ...holder, name: "dd (process 7)" }));
  expect(liveUse(known, new Set(), true)).toBeUndefined();
});
