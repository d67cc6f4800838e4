import { expect, test } from "bun:test";
import { parseCrypttab } from "../../../src/system-info/crypttab.ts";
import { parseFstab } from "../../../src/system-info/fstab.ts";

test("fstab is read as NixOS writes it", () => {
  const text = `# This is a generated file.  Do not edit!
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>

# Filesystems.
/dev/disk/by-label/nixos / ext4 defaults 0 1
UUID=ABCD-1234\t/boot   vfat fmask=0077,dmask=0077 0 2
/dev/mapper/my\\040data /srv/my\\040data\\134x btrfs subvol=/@data,compress=zstd 0 0

# Swap devices.
/dev/disk/by-label/swap none swap defaults
`;
  expect(parseFstab(text)).toEqual([
    {
      device: "/dev/disk/by-label/nixos",
      mountPoint: "/",
      type: "ext4",
      options: ["defaults"],
    },
    {
      device: "UUID=ABCD-1234",
      mountPoint: "/boot",
      type: "vfat",
      options: ["fmask=0077", "dmask=0077"],
    },
    {
      device: "/dev/mapper/my data",
      mountPoint: "/srv/my data\\x",
      type: "btrfs",
      options: ["subvol=/@data", "compress=zstd"],
    },
    {
      device: "/dev/disk/by-label/swap",
      mountPoint: "none",
      type: "swap",
      options: ["defaults"],
    },
  ]);
});

test("lines of fstab that are too short are left out", () => {
  expect(parseFstab("/dev/vda1\n/dev/vda1 /\n/dev/vda1 / ext4\n")).toEqual([
    { device: "/dev/vda1", mountPoint: "/", type: "ext4", options: ["defaults"] },
  ]);
});

test("crypttab is read with and without key file and options", () => {
  const text = `# names
data UUID=1234 /etc/keys/data nofail,discard
swap /dev/disk/by-partlabel/swap
cold /dev/sdb1 -
broken
`;
  expect(parseCrypttab(text)).toEqual([
    { name: "data", device: "UUID=1234", options: ["nofail", "discard"] },
    { name: "swap", device: "/dev/disk/by-partlabel/swap", options: [] },
    { name: "cold", device: "/dev/sdb1", options: [] },
  ]);
});
