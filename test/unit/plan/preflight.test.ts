import { expect, test } from "bun:test";
import { InstallerError } from "../../../src/errors.ts";
import type { Facts } from "../../../src/facts/facts.ts";
import { makePlan, planMachine } from "../../../src/plan/make-plan.ts";
import { emptyDisk, planInputs } from "./inputs.ts";

const GiB = 2 ** 30;

const head = `version = 1
[system]
toplevel = "/nix/store/0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz-nixos-system-host-26.05"
[cache]
substituters = ["https://cache.example.org"]
trusted-public-keys = ["cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="]
`;

const secondDisk = { ...emptyDisk, path: "/dev/vdb", serial: "landfall-second", links: [] };

/** What speaks against a manifest on a machine with two empty disks; `undefined` if nothing does. */
function refusal(firmware: "uefi" | "bios", layout: string, facts: Partial<Facts> = {}) {
  const inputs = planInputs(firmware, {
    facts: { disks: [emptyDisk, secondDisk], ...facts },
    manifest: () => head + layout,
  });
  try {
    makePlan(inputs);
    return undefined;
  } catch (error) {
    if (error instanceof InstallerError && error.reason === "refused") return error.message;
    throw error;
  }
}

/** The disks and places for GRUB that the check of the boot files gets. */
function bootCheck(firmware: "uefi" | "bios", layout: string) {
  const inputs = planInputs(firmware, {
    facts: { disks: [emptyDisk, secondDisk] },
    manifest: () => head + layout,
  });
  const step = makePlan(inputs).steps.find(({ kind }) => kind === "boot-check");
  if (step?.kind !== "boot-check") throw new Error("no boot check");
  return { fileSystems: step.fileSystems, disks: step.disks };
}

const bios = `[disk.main]
device = "/dev/vda"
partition = [{ name = "bios", size = "1MiB", type = "bios-boot" }, { name = "root" }]
`;

const root = `[filesystem."/"]
device = "main.root"
type = "ext4"
`;

const mirroredEsp = (metadata: string) => `[disk.a]
device = "/dev/vda"
partition = [{ name = "esp", size = "512MiB", type = "esp" }, { name = "root" }]
[disk.b]
device = "/dev/vdb"
partition = [{ name = "esp", size = "512MiB", type = "esp" }, { name = "root" }]
[raid.esp]
level = 1
metadata = "${metadata}"
devices = ["a.esp", "b.esp"]
[raid.root]
level = 1
devices = ["a.root", "b.root"]
[filesystem."/"]
device = "root"
type = "ext4"
[filesystem."/boot"]
device = "esp"
type = "vfat"
`;

test("a BIOS starts from a BIOS boot partition, and from an msdos table", () => {
  expect(refusal("bios", bios + root)).toBeUndefined();
  const msdos = `[disk.main]\ndevice = "/dev/vda"\ntable = "msdos"\npartition = [{ name = "root" }]\n`;
  expect(refusal("bios", msdos + root)).toBeUndefined();
  expect(bootCheck("bios", msdos + root).disks).toEqual(["/dev/vda"]);
  const neither = `[disk.main]\ndevice = "/dev/vda"\npartition = [{ name = "root" }]\n`;
  expect(refusal("bios", neither + root)).toContain("no disk has a BIOS boot partition");
});

test("a disk for data with an msdos table is not expected to start the machine", () => {
  const data = `[disk.data]
device = "/dev/vdb"
table = "msdos"
partition = [{ name = "data" }]
[filesystem."/data"]
device = "data.data"
type = "ext4"
`;
  expect(bootCheck("bios", bios + root + data).disks).toEqual(["/dev/vda"]);
});

test("UEFI starts from a mirror with its superblock at the end", () => {
  expect(refusal("uefi", mirroredEsp("1.0"))).toBeUndefined();
  expect(bootCheck("uefi", mirroredEsp("1.0")).fileSystems).toEqual([
    { mountPoint: "/", device: "/dev/md/root", isEfiSystemPartition: false },
    { mountPoint: "/boot", device: "/dev/md/esp", isEfiSystemPartition: true },
  ]);
});

const memoryRoot = `[filesystem."/"]
type = "tmpfs"
`;

const ext4 = (mountPoint: string) =>
  `[filesystem."${mountPoint}"]\ndevice = "main.root"\ntype = "ext4"\n`;
const bind = (mountPoint: string, source: string) =>
  `[filesystem."${mountPoint}"]\ndevice = "${source}"\ntype = "bind"\n`;

test("with a root in memory, store and /boot may be bound from a disk", () => {
  const binds = bind("/nix", "/persist/nix") + bind("/boot", "/persist/boot");
  expect(refusal("bios", bios + memoryRoot + ext4("/persist") + binds)).toBeUndefined();
});

test("the room of the store is that of what is mounted above it", () => {
  const small = `[disk.main]
device = "/dev/vda"
partition = [{ name = "bios", size = "1MiB", type = "bios-boot" }, { name = "nix", size = "512MiB" }, { name = "root" }]
[filesystem."/nix"]
device = "main.nix"
type = "ext4"
`;
  expect(refusal("bios", small + root)).toBe(
    'filesystem."/nix": the system needs 1.1 GiB for /nix/store, but main.nix has 512 MiB',
  );
});

test("a kernel module that the live system lacks is named, with the object that needs it", () => {
  const missingKernelModules = ["raid1", "zfs", "vfat"];
  expect(refusal("uefi", mirroredEsp("1.0"), { missingKernelModules })).toBe(
    [
      "raid.esp: the live system's kernel 6.1.0 has no module raid1",
      `filesystem."/boot": the live system's kernel 6.1.0 has no module vfat`,
    ].join("\n"),
  );
});

test("everything is told at once, also what only shows when the storage is planned", () => {
  const notBlank = { ...secondDisk, size: 8 * GiB, signatures: undefined };
  const group = `[disk.data]
device = "/dev/vdb"
partition = [{ name = "pv" }]
[lvm.vg]
devices = ["data.pv"]
volume = [{ name = "data", size = "9GiB" }]
`;
  const message = refusal("bios", bios + root + group, { disks: [emptyDisk, notBlank] });
  expect(message).toContain("disk.data: it cannot be told what is on /dev/vdb");
  expect(message).toContain("lvm.vg: volume data needs 9 GiB, but 8.0 GiB are left");
});

test("of the storage, all that cannot be made is told, but not what was to be made on it", () => {
  const layout = `[disk.main]
device = "/dev/vda"
partition = [
  { name = "bios", size = "1MiB", type = "bios-boot" },
  { name = "data", size = "64MiB" },
  { name = "pv" },
]
[lvm.vg]
devices = ["main.pv"]
volume = [{ name = "root", size = "99GiB" }]
[filesystem."/"]
device = "vg.root"
type = "ext4"
[filesystem."/data"]
device = "main.data"
type = "xfs"
`;
  const inputs = planInputs("bios", { manifest: () => head + layout });
  const { findings, storage } = planMachine(inputs);
  expect(storage).toBeUndefined();
  const errors = findings.filter(({ severity }) => severity === "error");
  expect(errors.map(({ id, object }) => `${id} ${object}`)).toEqual([
    "preflight/device-too-small lvm.vg",
    'preflight/device-too-small filesystem."/data"',
  ]);
});
