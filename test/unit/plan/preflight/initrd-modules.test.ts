import { expect, test } from "bun:test";
import { planStorage } from "../../../../src/disk/plan-storage.ts";
import type { DiskDriver } from "../../../../src/facts/drivers.ts";
import type { Disk } from "../../../../src/facts/facts.ts";
import { judgeInitrdModules } from "../../../../src/plan/preflight/initrd-modules.ts";
import type {
  FstabEntry,
  InitrdInfo,
  InitrdKnowledge,
} from "../../../../src/system-info/system-info.ts";
import { diskDrivers } from "../../../support/disk-drivers.ts";
import { emptyDisk, planInputs } from "../inputs.ts";

const head = `version = 1
[system]
toplevel = "/nix/store/0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz-nixos-system-host-26.05"
[cache]
substituters = ["https://cache.example.org"]
trusted-public-keys = ["cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="]
`;

const plain = `[disk.main]
device = "/dev/vda"
partition = [{ name = "esp", size = "512MiB", type = "esp" }, { name = "root" }]
[filesystem."/boot"]
device = "main.esp"
type = "vfat"
[filesystem."/"]
device = "main.root"
type = "ext4"
`;

/** What NixOS has in its initrd unless told otherwise, with the aliases that depmod finds in it. */
const usual = {
  kind: "script",
  modules: [
    "ahci",
    "ext4",
    "nvme",
    "sd_mod",
    "usb_storage",
    "virtio_blk",
    "virtio_pci",
    "xhci_pci",
  ],
  builtinModules: ["efivarfs"],
  aliases: [
    { pattern: "pci:v*d*sv*sd*bc01sc06i01*", module: "ahci" },
    { pattern: "pci:v*d*sv*sd*bc01sc08i02*", module: "nvme" },
    { pattern: "pci:v*d*sv*sd*bc0Csc03i30*", module: "xhci_pci" },
    { pattern: "pci:v00001AF4d*sv*sd*bc*sc*i*", module: "virtio_pci" },
    { pattern: "virtio:d00000002v*", module: "virtio_blk" },
    { pattern: "scsi:t_0x00*", module: "sd_mod" },
    { pattern: "usb:v*p*d*dc*dsc*dp*ic08isc06ip50in*", module: "usb_storage" },
    { pattern: "fs_ext4", module: "ext4" },
  ],
  hasMdadm: true,
  hasLvm: false,
} as const satisfies InitrdKnowledge;

/** An initrd that lacks some of the modules. */
function without(...modules: readonly string[]): InitrdInfo {
  return {
    ...usual,
    modules: usual.modules.filter((module) => !modules.includes(module)),
    aliases: usual.aliases.filter(({ module }) => !modules.includes(module)),
  };
}

interface Case {
  readonly drivers?: readonly DiskDriver[];
  readonly initrd?: InitrdKnowledge;
  readonly layout?: string;
  readonly fstab?: readonly FstabEntry[];
}

function judge({ drivers, initrd = usual, layout = plain, fstab = [] }: Case) {
  const disks: Disk[] = ["/dev/vda", "/dev/vdb"].map((path) => ({
    ...emptyDisk,
    path,
    serial: path,
    links: [],
    ...(drivers === undefined ? {} : { drivers }),
  }));
  const inputs = planInputs("uefi", { facts: { disks }, manifest: () => head + layout });
  const { manifest, facts, root } = inputs;
  const storage = planStorage({ tables: manifest, facts, root, identifierSeed: (name) => name });
  return judgeInitrdModules({ ...inputs, storage, system: { ...inputs.system, fstab, initrd } });
}

test.each(Object.entries(diskDrivers))(
  "nothing is said of %s that the initrd has drivers for",
  (_, drivers) => {
    expect(judge({ drivers })).toEqual([]);
  },
);

test("a disk that is no diskDrivers needs no driver", () => {
  expect(judge({ initrd: without("virtio_blk", "virtio_pci", "sd_mod", "ahci", "nvme") })).toEqual(
    [],
  );
});

test("a controller without a driver is named, with the option of NixOS", () => {
  const [finding, ...others] = judge({ drivers: diskDrivers.nvme, initrd: without("nvme") });
  expect(others).toEqual([]);
  expect(finding).toEqual({
    id: "preflight/initrd-driver-missing",
    severity: "error",
    object: "disk.main",
    message: `the system's initrd has no driver for /dev/vda, and could not mount /
pci device 0000:01:00.0: here driven by nvme (pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02)`,
    hint: `Add boot.initrd.availableKernelModules = [ "nvme" ]; to the system's configuration, and build it again.`,
  });
});

test("all drivers of the way to a disk are needed, also those the running kernel has built in", () => {
  const [finding] = judge({
    drivers: diskDrivers.virtioBuiltIn,
    initrd: without("virtio_blk", "virtio_pci"),
  });
  expect(finding?.hint).toContain('[ "virtio_blk" "virtio_pci" ]');
  expect(judge({ drivers: diskDrivers.usb, initrd: without("usb_storage") })).toHaveLength(1);
});

test("a driver of another name that serves the device is as good", () => {
  const initrd = {
    ...without("ahci"),
    aliases: [
      ...usual.aliases,
      { pattern: "pci:v00008086d00002922sv*sd*bc*sc*i*", module: "other" },
    ],
  };
  expect(judge({ drivers: diskDrivers.sata, initrd })).toEqual([]);
});

test("a driver that is built into the kernel is as good, by its name", () => {
  const initrd = { ...without("nvme"), builtinModules: ["nvme", "nvme_core"] };
  expect(judge({ drivers: diskDrivers.nvme, initrd })).toEqual([]);
});

/** What is found of an initrd that lacks a driver and root's file system, and has other lists of modules. */
function said(lists: Partial<InitrdInfo>): string[] {
  const initrd = { ...without("nvme", "ext4"), ...lists };
  return judge({ drivers: diskDrivers.nvme, initrd }).map(
    ({ id, severity, object }) => `${severity} ${id} ${object}`,
  );
}

test("where the lists are not there, what seems to be missing is a warning", () => {
  expect(said({ builtinModules: [] })).toEqual([
    "warning preflight/initrd-modules-uncertain disk.main",
    'warning preflight/initrd-modules-uncertain filesystem."/"',
  ]);
  // A file system's module has its name.
  expect(said({ aliases: [] })).toEqual([
    "warning preflight/initrd-modules-uncertain disk.main",
    'error preflight/initrd-module-missing filesystem."/"',
  ]);
});

test("an initrd that cannot be read is a warning", () => {
  const [finding] = judge({ initrd: { unreadable: "it ends too early" } });
  expect(finding).toMatchObject({ id: "preflight/initrd-unreadable", severity: "warning" });
  expect(finding?.message).toBe("the initrd cannot be read: it ends too early");
});

test("only disks and file systems that the initrd mounts are judged", () => {
  const data = `[disk.data]
device = "/dev/vdb"
partition = [{ name = "data" }]
[filesystem."/data"]
device = "data.data"
type = "xfs"
`;
  const layout = plain + data;
  expect(judge({ layout })).toEqual([]);
  const mounted = {
    device: "LABEL=data",
    mountPoint: "/data",
    type: "xfs",
    options: ["x-initrd.mount"],
  };
  const findings = judge({ layout, fstab: [mounted] });
  expect(findings.map(({ object, message }) => `${object}: ${message}`)).toEqual([
    'filesystem."/data": the system\'s initrd has no module xfs, and could not mount /data',
  ]);
  const onNix = layout.replace('"/data"', '"/nix"');
  const nix = { ...mounted, mountPoint: "/nix", options: [] };
  expect(judge({ layout: onNix, fstab: [nix] })).toHaveLength(1);
  // What the system does not mount keeps it from nothing.
  expect(judge({ layout: onNix })).toEqual([]);
  expect(judge({ layout: onNix, fstab: [{ ...nix, options: ["noauto"] }] })).toEqual([]);
});

test("a bind mount needs what its source lies on", () => {
  const layout = `[disk.main]
device = "/dev/vda"
partition = [{ name = "esp", size = "512MiB", type = "esp" }, { name = "persist" }]
[filesystem."/"]
type = "tmpfs"
[filesystem."/boot"]
device = "main.esp"
type = "vfat"
[filesystem."/persist"]
device = "main.persist"
type = "xfs"
[filesystem."/nix"]
device = "/persist/nix"
type = "bind"
`;
  const nix = { device: "/persist/nix", mountPoint: "/nix", type: "none", options: ["bind"] };
  const findings = judge({ layout, fstab: [nix] });
  expect(findings.map(({ object }) => object)).toEqual(['filesystem."/persist"']);
});

const layers = `[disk.a]
device = "/dev/vda"
partition = [{ name = "esp", size = "512MiB", type = "esp" }, { name = "member" }]
[disk.b]
device = "/dev/vdb"
partition = [{ name = "member" }]
[raid.mirror]
level = 1
devices = ["a.member", "b.member"]
[luks.crypt]
device = "mirror"
passphrase = { file = "/run/passphrase" }
[lvm.group]
devices = ["crypt"]
volume = [{ name = "root" }]
[filesystem."/boot"]
device = "a.esp"
type = "vfat"
[filesystem."/"]
device = "group.root"
type = "ext4"
`;

test("arrays, mappings and volume groups below root need their modules", () => {
  const findings = judge({ layout: layers });
  expect(findings.find(({ object }) => object === "raid.mirror")?.hint).toBe(
    "Add boot.swraid.enable = true; to the system's configuration, and build it again.",
  );
  expect(
    findings.map(({ id, object, message }) => `${id} ${object}: ${message}`).toSorted(),
  ).toEqual([
    "preflight/initrd-cipher-missing luks.crypt: the system's initrd seems to have no module for aes, without which it could not open luks.crypt",
    "preflight/initrd-cipher-missing luks.crypt: the system's initrd seems to have no module for xts, without which it could not open luks.crypt",
    "preflight/initrd-module-missing luks.crypt: the system's initrd has no module dm_crypt, and could not open luks.crypt",
    "preflight/initrd-module-missing lvm.group: the system's initrd has no module dm_mod, and could not activate /dev/mapper/group-root",
    "preflight/initrd-module-missing raid.mirror: the system's initrd has no module raid1, and could not start raid.mirror",
  ]);
  const initrd = {
    ...usual,
    modules: [...usual.modules, "aesni_intel", "dm_crypt", "raid1", "xts"],
    builtinModules: ["dm_mod"],
    aliases: [...usual.aliases, { pattern: "crypto_aes", module: "aesni_intel" }],
  };
  expect(judge({ layout: layers, initrd })).toEqual([]);
});

/** A group with root on one of its volumes. */
const group = (root: string) => `[disk.main]
device = "/dev/vda"
partition = [{ name = "esp", size = "512MiB", type = "esp" }, { name = "lvm" }]
[lvm.group]
devices = ["main.lvm"]
volume = [
  { name = "pool", type = "thin-pool", size = "50%" },
  { name = "home", type = "thin", pool = "pool", size = "1GiB" },
  { name = "plain", size = "1GiB" },
]
[filesystem."/boot"]
device = "main.esp"
type = "vfat"
[filesystem."/"]
device = "group.${root}"
type = "ext4"
`;

test("of a volume group only what root lies on is needed", () => {
  const initrd = { ...usual, builtinModules: ["dm_mod"] };
  expect(judge({ layout: group("plain"), initrd })).toEqual([]);
  const [finding] = judge({ layout: group("home"), initrd });
  expect(finding?.message).toContain("no module dm_thin_pool");
  expect(finding?.hint).toContain("services.lvm.boot.thin.enable = true;");
});

test("every disk of an array needs its driver", () => {
  const findings = judge({ layout: layers, drivers: diskDrivers.nvme, initrd: without("nvme") });
  const objects = findings.filter(({ id }) => id === "preflight/initrd-driver-missing");
  expect(objects.map(({ object }) => object)).toEqual(["disk.a", "disk.b"]);
});
