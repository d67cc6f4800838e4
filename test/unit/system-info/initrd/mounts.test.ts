import { expect, test } from "bun:test";
import { zstdCompressSync } from "node:zlib";
import { cpioArchive } from "../../../support/cpio.ts";
import {
  fileSystemListFile,
  infoOf,
  initrdUnit,
  mountCommands,
  scriptedInitrd,
  sysrootTable,
  systemdInitrd,
} from "./initrds.ts";

const root = {
  device: "/dev/disk/by-label/nixos",
  mountPoint: "/",
  type: "ext4",
  options: ["x-initrd.mount"],
};
const rootLine = "/dev/disk/by-label/nixos / ext4 x-initrd.mount 0 1\n";

test("systemd reads the table that its environment names", () => {
  const archive = cpioArchive([...systemdInitrd(), ...sysrootTable(rootLine)]);
  expect(infoOf(archive).mounts).toEqual([root]);
});

test("such an initrd is read behind microcode, compressed", () => {
  const microcode = cpioArchive([
    { path: "." },
    { path: "kernel" },
    { path: "kernel/x86" },
    { path: "kernel/x86/microcode" },
    { path: "kernel/x86/microcode/GenuineIntel.bin", file: Buffer.alloc(70_000, 3) },
  ]);
  const archive = cpioArchive([...systemdInitrd(), ...sysrootTable(rootLine)]);
  const bytes = Buffer.concat([microcode, zstdCompressSync(archive)]);
  const info = infoOf(bytes, 4096);
  expect(info.kind).toBe("systemd");
  expect(info.mounts).toEqual([root]);
  expect(info.modules).toContain("ext4");
});

test("before 23.05 it was the initrd's own fstab, of which only what lies below /sysroot is the system's", () => {
  const file = `/dev/disk/by-label/nixos /sysroot ext4 x-initrd.mount 0 1
/dev/vg/nix /sysroot/nix xfs x-initrd.mount 0 2
tmpfs /tmp tmpfs defaults 0 0
`;
  const { mounts } = infoOf(cpioArchive([...systemdInitrd(), { path: "etc/fstab", file }]));
  expect(mounts).toEqual([
    root,
    { device: "/dev/vg/nix", mountPoint: "/nix", type: "xfs", options: ["x-initrd.mount"] },
  ]);
});

test("a table for the initrd itself tells nothing of the system", () => {
  const file = "UUID=cea8f5b6-d40e-4043-b23d-c6326dab421b /key ext4 ro 0 0\n";
  const own = { path: "etc/fstab", file };
  expect(infoOf(cpioArchive([...systemdInitrd(), own]))).not.toHaveProperty("mounts");
  const both = cpioArchive([...systemdInitrd(), own, ...sysrootTable(rootLine)]);
  expect(infoOf(both).mounts).toEqual([root]);
});

test("units mount besides", () => {
  const unit = `[Unit]
DefaultDependencies=false

[Mount]
Options=subvol=@state,noatime
Type=btrfs
What=/dev/mapper/state
Where=/sysroot/var/lib/state
`;
  const own = "[Mount]\nWhat=configfs\nWhere=/sys/kernel/config\nType=configfs\n";
  const archive = cpioArchive([
    ...systemdInitrd(),
    ...sysrootTable(rootLine),
    ...initrdUnit("sysroot-var-lib-state.mount", unit),
    ...initrdUnit("sys-kernel-config.mount", own),
  ]);
  expect(infoOf(archive).mounts).toEqual([
    root,
    {
      device: "/dev/mapper/state",
      mountPoint: "/var/lib/state",
      type: "btrfs",
      options: ["subvol=@state", "noatime"],
    },
  ]);
});

test("NixOS's script reads a list; one that reads none is not known", () => {
  const archive = cpioArchive([...scriptedInitrd(mountCommands), fileSystemListFile]);
  expect(infoOf(archive).mounts).toEqual([
    {
      device: "/dev/disk/by-label/nixos",
      mountPoint: "/",
      type: "ext4",
      options: ["x-initrd.mount", "noatime"],
    },
    { device: "/dev/vg/nix", mountPoint: "/nix", type: "xfs", options: ["x-initrd.mount"] },
  ]);
  expect(infoOf(cpioArchive(scriptedInitrd()))).not.toHaveProperty("mounts");
});

test("mdadm is there by its program", () => {
  expect(infoOf(cpioArchive(systemdInitrd())).hasMdadm).toBe(false);
  const program = {
    path: "nix/store/0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz-mdadm-4.4/bin/mdadm",
    file: "",
  };
  expect(infoOf(cpioArchive([...systemdInitrd(), program])).hasMdadm).toBe(true);
});
