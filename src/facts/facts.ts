/*
 * What is known about the machine: plain, serialisable data, gathered before anything is decided. Sizes are bytes.
 */

import type { Clock } from "./clock.ts";
import type { DiskDriver } from "./drivers.ts";
import type { EfiState } from "./efi-variables.ts";
import type { FreeSpace } from "./free-space/free-space.ts";
import type { Network } from "./network.ts";
import type { ExistingTable } from "./partition-table.ts";
import type { Reach } from "./reach.ts";

/** The firmware that started the live system. */
export type Firmware =
  | ({
      readonly kind: "uefi";
      /** Word size from `/sys/firmware/efi/fw_platform_size`. */
      readonly bits: 32 | 64;
      /** Whether efivarfs is mounted, and writable; `disabled` where the kernel leaves the variables alone. */
      readonly efiVariables: "writable" | "read-only" | "not-mounted" | "disabled";
    } & EfiState)
  | { readonly kind: "bios" };

/** One thing that keeps a disk or a partition of it busy. */
export interface Holder {
  readonly kind:
    | "mount"
    /** A mount of something else below a mount of the device, or an overlay made of a directory there. */
    | "nested-mount"
    | "swap"
    | "device-mapper"
    | "md"
    | "loop"
    | "bcache"
    | "zfs-pool"
    | "block-device"
    /** A partition of a device that another holder made. */
    | "partition"
    | "exclusive-open";
  /** The device that is held: the disk, one of its partitions, or a device that another holder made of them. */
  readonly device: string;
  /** Mount point, swap area, mapping name, array, loop device. */
  readonly name: string;
  /** The device that the holder makes of what it holds, which may have holders itself: `/dev/dm-0`. */
  readonly path?: string;
  /** Of a mapping: its UUID, whose beginning says what made it: `LVM-`, `CRYPT-LUKS2-`, `mpath-`. */
  readonly uuid?: string;
}

/** A device of a disk as a member of a group of devices that are used together. */
export interface GroupMember {
  readonly kind: "volume-group" | "array" | "btrfs" | "bcache" | "bcachefs" | "zfs-pool";
  /** The member: the disk, a partition, or a device that a holder made of them. */
  readonly device: string;
  /** The group's UUID; left out for a physical volume that keeps no metadata of its group. */
  readonly uuid?: string;
  /** Name or label of the group, for people. */
  readonly name?: string;
  /** The member's own UUID, where the group's list of members names it by that. */
  readonly member?: string;
  /** The UUIDs of all members, where the member knows them. */
  readonly members?: readonly string[];
}

/** The room on a file system of a disk or partition, as its own tables tell it. */
export interface FileSystemSpace extends FreeSpace {
  readonly device: string;
}

/** A signature that blkid or wipefs finds on a disk or partition. */
export interface Signature {
  readonly device: string;
  /** `gpt`, `dos`, `ext4`, `vfat`, `swap`, `crypto_LUKS`, `LVM2_member`, `linux_raid_member` … */
  readonly type: string;
  readonly label?: string;
  readonly uuid?: string;
  /** Size of the device that carries it, in bytes. */
  readonly size: number;
}

/**
 * A whole disk: no partition; loop devices included, optical drives and RAM disks excluded. Its size is 0 where a drive
 * has no medium.
 */
export interface Disk {
  /** The kernel's node: `/dev/vda`. */
  readonly path: string;
  /**
   * Which of all disks and media since the kernel's start it is (`diskseq`, Linux 5.15): another that comes under the
   * same name has another number.
   */
  readonly sequence?: number;
  readonly size: number;
  readonly logicalSectorSize: number;
  readonly physicalSectorSize: number;
  /** What it transfers best at once, such as the stripe of a hardware RAID; left out where it tells nothing. */
  readonly optimalTransferSize?: number;
  readonly readOnly: boolean;
  readonly removable: boolean;
  readonly rotational: boolean;
  readonly serial?: string;
  readonly wwn?: string;
  readonly model?: string;
  readonly transport?: string;
  /** Where it is plugged in, as in `/dev/disk/by-path`: `pci-0000:00:1f.2-ata-1.0`. */
  readonly busPath?: string;
  /** Where the running live system has it, or something on it, mounted for itself: `/run/live/medium`. */
  readonly liveUse?: string;
  /** The groups of devices that it, its partitions and what is made of them belong to. */
  readonly groups?: readonly GroupMember[];
  /**
   * Links in `/dev` and below `/dev/disk` that lead to it, sorted; without udev those below `/dev/disk/by-id` that udev
   * would make.
   */
  readonly links: readonly string[];
  /** The partitions the kernel knows, by number. */
  readonly partitions: readonly {
    readonly path: string;
    readonly number: number;
    readonly size: number;
    readonly start: number;
  }[];
  /** The partition table on it; left out when there is none, or none that sfdisk can read. */
  readonly table?: ExistingTable;
  /**
   * The drivers that the kernel finds it through, innermost first; left out for a disk that is no hardware, such as a
   * loop device.
   */
  readonly drivers?: readonly DiskDriver[];
  /** What keeps the disk busy, a holder before those of the device it makes. */
  readonly holders: readonly Holder[];
  /** What is on the disk and its partitions; `undefined` when that could not be read. */
  readonly signatures: readonly Signature[] | undefined;
  /** The room on those file systems on it of which it can be known; left out where there are none. */
  readonly space?: readonly FileSystemSpace[];
}

/** Memory in bytes, from `/proc/meminfo`. */
export interface Memory {
  readonly total: number;
  readonly available: number;
}

/** The live system, from os-release(5) and uname(2). */
export interface LiveSystem {
  readonly id: string;
  readonly name: string;
  readonly kernel: string;
  /** File system type of `/`: `overlay`, `rootfs`, `tmpfs`, `ext4` … */
  readonly rootType: string;
  /** Whether udev runs, whose events have to be waited for. */
  readonly udev: boolean;
  /** Whether SELinux enforces its policy; left out without SELinux. */
  readonly selinux?: "enforcing" | "permissive";
}

/** Everything known about the machine. */
export interface Facts {
  /** As Nix writes it: `x86_64-linux`. */
  readonly system: string;
  readonly firmware: Firmware;
  readonly memory: Memory;
  readonly liveSystem: LiveSystem;
  readonly clock: Clock;
  readonly network: Network;
  /** The servers that the manifest names, where there is a manifest. */
  readonly servers?: readonly Reach[];
  readonly disks: readonly Disk[];
  /** The names of all mappings of device-mapper, on whatever they lie: `cryptroot` of `/dev/mapper/cryptroot`. */
  readonly mappings: readonly string[];
  /** Programs that steps may run, with the path they were found at. A program that is missing is not listed. */
  readonly tools: Readonly<Record<string, string>>;
  /** Versions of those of the programs that tell theirs: `6.1.0`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Of the kernel modules that steps may need, those that the running kernel does not have. */
  readonly missingKernelModules: readonly string[];
}
