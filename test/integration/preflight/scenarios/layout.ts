import { grubOn, soundSystem } from "../../../support/preflight-closures.ts";
import type { Scenarios } from "./scenario.ts";
import {
  biosDisk,
  luksOn,
  mountOn,
  nobodysUuid,
  rootOn,
  rootTable,
  sound,
} from "./storage-tables.ts";

const { fstab } = soundSystem;

/** What the system expects of its disks, and will not find. */
export const layoutScenarios: Scenarios = {
  "root by a UUID that nothing has": {
    system: { fstab: `UUID=${nobodysUuid} / ext4 defaults 0 1\n` },
    findings: ["preflight/fstab-root-mismatch"],
  },
  "a system for a container": {
    system: { fstab: "" },
    findings: ["preflight/fstab-root-missing"],
  },
  "mounts of other types, of other disks, of none, and over the store": {
    system: {
      fstab: `/dev/disk/by-label/nixos / xfs defaults 0 1
LABEL=nixos /data ext4 defaults 0 2
LABEL=media /media ext4 defaults 0 2
/persist/nix /nix none bind 0 0\n`,
    },
    storage: `${biosDisk("data")}${rootTable}${mountOn("/data", "main.data")}`,
    findings: [
      "preflight/fstab-device-missing",
      "preflight/fstab-hides-system",
      "preflight/fstab-mount-mismatch",
      "preflight/fstab-type-mismatch",
    ],
  },
  "another subvolume": {
    system: { fstab: "LABEL=nixos / btrfs subvol=@root 0 0\n" },
    storage: `${biosDisk()}[btrfs.pool]
devices = ["main.root"]
label = "nixos"
mkfs-options = ["--mixed"]
[filesystem."/"]
device = "pool"
type = "btrfs"
subvolume = "@"
`,
    findings: ["preflight/fstab-subvolume-mismatch"],
  },
  "swap that nothing is, swap to a file system, and swap that would destroy one": {
    system: {
      fstab: `${fstab}UUID=${nobodysUuid} none swap defaults
PARTLABEL=other none swap defaults
/dev/mapper/dev-disk-byx2dlabel-nixos none swap defaults
`,
    },
    storage: `${biosDisk("other")}${rootTable}${mountOn("/other", "main.other")}`,
    findings: [
      "preflight/fstab-swap-mismatch",
      "preflight/fstab-swap-missing",
      "preflight/mount-not-in-fstab",
      "preflight/swap-overwrites",
    ],
  },
  "LUKS that the initrd does not open, since it waits for another": {
    system: { initrdCommands: [`cryptsetup luksOpen /dev/disk/by-uuid/${nobodysUuid} cryptroot`] },
    storage: rootOn("cryptroot", luksOn("cryptroot", "main.root")),
    findings: [
      "preflight/boot-unreadable",
      "preflight/luks-device-missing",
      "preflight/luks-not-opened",
    ],
  },
  "an array that the initrd does not assemble, since it knows another": {
    system: {
      modules: ["ext4"],
      mdadmConfig: "AUTO -all\nARRAY /dev/md/other UUID=0b1fd7d2:00004000:80000000:00000001",
    },
    storage: rootOn(
      "mirror",
      '[raid.mirror]\nlevel = 1\nmetadata = "1.0"\ndevices = ["main.other", "main.root"]',
    ),
    findings: [
      // The tests of arrays are in virtual machines: this machine need not have what makes one.
      ...(Bun.which("mdadm") === null ? (["preflight/program-missing"] as const) : []),
      "preflight/initrd-modules-uncertain",
      "preflight/raid-array-unknown",
      "preflight/raid-not-assembled",
    ],
  },
  "volumes that the initrd does not activate, and kernel parameters for another layout": {
    system: {
      fstab: "/dev/vg/root / ext4 defaults 0 1\n",
      kernelParameters: "root=LABEL=other resume=LABEL=hibernate",
    },
    storage: rootOn("vg.root", '[lvm.vg]\ndevices = ["main.root"]\nvolume = [{ name = "root" }]'),
    findings: [
      "preflight/kernel-root-mismatch",
      "preflight/lvm-not-activated",
      "preflight/resume-mismatch",
    ],
  },
  "mounts and swap that only one of both knows, and other distributions' parameters": {
    system: {
      fstab: `${fstab}LABEL=nixos /optional ext4 nofail 0 2
/swapfile none swap defaults
`,
      crypttab: `vault UUID=${nobodysUuid} none luks\n`,
      kernelParameters: "cryptdevice=/dev/sda2:root resume=PARTLABEL=swap",
    },
    storage: `${biosDisk("optional", "data", "swap").replace('"swap", size', '"swap", type = "swap", size')}${rootTable}${mountOn("/optional", "main.optional")}${mountOn("/data", "main.data")}[swap.main]\ndevice = "main.swap"\n`,
    findings: [
      "preflight/crypttab-device-missing",
      "preflight/fstab-optional-mismatch",
      "preflight/fstab-swap-file",
      "preflight/kernel-parameter-ignored",
      "preflight/mount-not-in-fstab",
      "preflight/resume-size",
      "preflight/swap-not-in-fstab",
    ],
  },
  "what may be in something that is closed, LUKS by another name, and a place in a file": {
    system: {
      fstab: `${fstab}LABEL=media /media ext4 defaults 0 2\n`,
      kernelParameters: "resume=LABEL=nixos resume_offset=34816",
      initrdCommands: ["cryptsetup luksOpen /dev/disk/by-partlabel/root cryptroot"],
    },
    storage: rootOn("secret", luksOn("secret", "main.root")),
    live: { disks: ["main", "closed"] },
    findings: [
      "preflight/boot-unreadable",
      "preflight/fstab-device-unknown",
      "preflight/luks-name-mismatch",
      "preflight/resume-offset",
    ],
  },
  "a disk by the kernel's name": {
    system: {
      fstab: "/dev/sdy2 / ext4 defaults 0 1\n",
      loader: grubOn("/dev/disk/by-id/landfall-main"),
    },
    storage: sound,
    live: { diskNames: { main: "sdy" } },
    findings: ["preflight/fstab-kernel-name"],
  },
};
