import type { LayoutName } from "../../system/layouts.ts";
import type { Disk } from "../disks.ts";
import type { Firmware, SwitchOnOptions } from "../machine.ts";

/** What a layout needs besides its manifest, `NAME.toml`, and what its system reports besides what follows from that. */
export interface Layout {
  readonly firmware: Firmware;
  /** One of 2 GiB called `main` unless given. */
  readonly disks?: readonly Disk[];
  /** Files of the live system that the manifest names: paths and contents. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Environment of the installer. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the live system has no udev. */
  readonly withoutUdev?: boolean;
  /** A script that the live system runs before the install, to make what is to be kept. */
  readonly prepare?: string;
  /** What is typed at the prompt for a passphrase. */
  readonly passphrase?: string;
  /** How the installed machine is switched on, one time after the other; once and with nothing special unless given. */
  readonly boots?: readonly SwitchOnOptions[];
  /** Shell commands in the installed system, the first time, and what they print. */
  readonly reports?: Readonly<Record<string, string | RegExp>>;
  /** Disks of which no byte may have changed in the end. */
  readonly untouched?: readonly string[];
}

const gigabyte = 1024;

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** Bytes that look random and are the same every time. */
function noise(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, n) =>
    new Bun.CryptoHasher("sha512").update(String(n)).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

function mirrored(): Disk[] {
  return ["a", "b"].map((name) => ({ name, size: 2 * gigabyte }));
}

const passphrase = "correct horse battery staple";

/** A shell command that fails unless the key opens the device. */
function opens(device: string, key: string): string {
  return `printf '${key}' | cryptsetup open --test-passphrase --key-file - ${device}`;
}

/** What sfdisk(8) says of the odd partitions: start and size in sectors of 4096 bytes, type and attributes. */
const oddTable = new RegExp(
  [
    /"start": 256,\s+"size": 65536,\s+"type": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"/,
    /"start": 76800,\s+"size": 25600,\s+"type": "4D21B016-B534-45C2-A9FB-5C16E091FD2D"[^}]*"name": "data one",\s+"attrs": "GUID:63"/,
    /"start": 102400,\s+"size": \d+,\s+"type": "3B8F8425-20E0-4F3B-907F-1A25A76F98E8"[^}]*"name": "data two",\s+"attrs": "RequiredPartition LegacyBIOSBootable"/,
    /"name": "what is left"\s+}/,
    /"size": 262144,[^}]*"name": "root"\s+}/,
  ]
    .map(({ source }) => source)
    .join("[\\s\\S]*"),
);

/** Every layout that is installed and booted. */
export const layouts: Readonly<Record<LayoutName, Layout>> = {
  "uefi-ext4": { firmware: "uefi" },
  "bios-ext4": { firmware: "bios" },
  "hybrid-grub": { firmware: "uefi", boots: [{ firmware: "uefi" }, { firmware: "bios" }] },
  "bios-msdos": {
    firmware: "bios",
    reports: { "sfdisk --json /dev/vda": /"label": "dos"[\s\S]*"bootable": true/ },
  },
  swap: {
    firmware: "uefi",
    reports: {
      // Where the kernel can resume at all, stage 1 has told it from which device.
      "[ ! -e /sys/power/resume ] || [ $(cat /sys/power/resume) = $(lsblk -dno MAJ:MIN /dev/disk/by-label/swap) ] && echo same":
        "same",
      "stat -c %a /var/swapfile": "600",
    },
  },
  "btrfs-subvolumes": {
    firmware: "uefi",
    reports: { "btrfs subvolume list / | grep -c ' path @snapshots$'": "1" },
  },
  "btrfs-raid1": {
    firmware: "uefi",
    withoutUdev: true,
    disks: mirrored(),
    reports: { "btrfs filesystem df /": /^Data, RAID1: [\s\S]*^Metadata, RAID1: /m },
  },
  xfs: { firmware: "uefi" },
  f2fs: { firmware: "uefi" },
  "luks-passphrase": {
    firmware: "uefi",
    // A key is bytes: a NUL, line ends and what is no UTF-8 belong to it.
    files: { "/run/keys/root": bytes(passphrase), "/run/keys/root.key": bytes("\0\n\xffkey\n") },
    environment: { ROOT_RECOVERY_KEY: "recovery" },
    passphrase,
    reports: {
      "cryptsetup luksDump /dev/vda2 | grep -c ': luks2$'": "3",
      [`${opens("/dev/vda2", "\\0\\n\\377key\\n")} && echo opens`]: "opens",
      [`${opens("/dev/vda2", "recovery")} && echo opens`]: "opens",
      [`${opens("/dev/vda2", "\\0\\n\\377key")} 2>/dev/null || echo refused`]: "refused",
    },
  },
  "luks-keyfile": {
    firmware: "uefi",
    disks: [
      { name: "main", size: 2 * gigabyte },
      { name: "key", size: 1, contents: Buffer.concat([bytes("\n\0"), noise(8190)]) },
    ],
    reports: { "cryptsetup luksDump /dev/disk/by-partlabel/root | grep -c ': luks2$'": "1" },
    untouched: ["key"],
  },
  "luks-lvm": {
    firmware: "uefi",
    withoutUdev: true,
    files: { "/run/keys/lvm": bytes(passphrase) },
    passphrase,
    reports: { "lvs --noheadings --nosuffix --units m -o lv_size vg/root": "1024.00" },
  },
  "luks-raid": {
    firmware: "uefi",
    withoutUdev: true,
    disks: mirrored(),
    files: { "/run/keys/root": bytes(passphrase) },
    passphrase,
  },
  lvm: {
    firmware: "bios",
    disks: ["main", "second"].map((name) => ({ name, size: 2 * gigabyte })),
    reports: {
      "lvs --noheadings --separator ' ' -o lv_name,lv_layout vg | sort":
        /^ *data raid,raid1\n *home thin,sparse\n *root linear\n *thin thin,pool$/,
      "lvs --noheadings --nosuffix --units g -o lv_size vg/home": "20.00",
      "vgs --noheadings --nosuffix --units m -o vg_free vg": "0",
    },
  },
  "raid1-esp-each": {
    firmware: "uefi",
    disks: mirrored(),
    boots: [{}, { without: ["b"] }, { without: ["a"] }],
  },
  "raid-data": {
    firmware: "uefi",
    disks: ["a", "b", "c", "d"].map((name) => ({ name, size: 1.5 * gigabyte })),
    reports: {
      "mdadm --detail $(findmnt -no SOURCE /boot) | grep -c 'Version : 1.0'": "1",
      "cat /sys/class/block/$(basename $(findmnt -no SOURCE /data0))/md/chunk_size": "65536",
    },
  },
  "tmpfs-root": { firmware: "uefi" },
  mounts: {
    firmware: "uefi",
    reports: { "findmnt /absent || echo absent": "absent" },
  },
  "odd-partitions": {
    firmware: "uefi",
    withoutUdev: true,
    disks: [{ name: "main", size: 2 * gigabyte, sectorSize: 4096 }],
    reports: { "sfdisk --json /dev/vda": oddTable },
  },
  "big-disk": {
    firmware: "uefi",
    disks: [{ name: "main", size: 3 * 2 ** 20 }],
    reports: { "cat /sys/class/block/vda3/start": String(2 ** 32) },
  },
  "data-disks": {
    firmware: "uefi",
    disks: [
      { name: "main", size: 2 * gigabyte },
      { name: "data", size: 256, bus: "nvme" },
      { name: "archive", size: 64 },
      { name: "other", size: 64, contents: noise(1 << 20) },
    ],
    prepare: `
      disk=/dev/disk/by-id/virtio-landfall-archive
      echo 'name=archive' | sfdisk --quiet --label gpt $disk && udevadm settle
      mkfs.ext4 -q -L archive $disk-part1 && mount $disk-part1 /mnt && echo kept >/mnt/file && umount /mnt
    `,
    reports: { "cat /archive/file": "kept" },
    untouched: ["other"],
  },
};
