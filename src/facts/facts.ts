/*
 * What is known about the machine: plain, serialisable data, gathered before anything is decided. Sizes are bytes.
 */

/** The firmware that started the live system. */
export type Firmware =
  | {
      readonly kind: "uefi";
      /** Word size from `/sys/firmware/efi/fw_platform_size`. */
      readonly bits: 32 | 64;
      /** Whether efivarfs is mounted, and writable. */
      readonly efiVariables: "writable" | "read-only" | "not-mounted";
    }
  | { readonly kind: "bios" };

/** One thing that keeps a disk or a partition of it busy. */
export interface Holder {
  readonly kind: "mount" | "swap" | "device-mapper" | "md" | "loop" | "exclusive-open";
  /** The device that is held: the disk or one of its partitions. */
  readonly device: string;
  /** Mount point, mapping name, array or backing file's user. */
  readonly name: string;
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

/** A whole disk: no partition, loop devices included, optical drives, RAM disks and empty devices excluded. */
export interface Disk {
  /** The kernel's node: `/dev/vda`. */
  readonly path: string;
  readonly size: number;
  readonly logicalSectorSize: number;
  readonly physicalSectorSize: number;
  readonly readOnly: boolean;
  readonly removable: boolean;
  readonly rotational: boolean;
  readonly serial?: string;
  readonly wwn?: string;
  readonly model?: string;
  readonly transport?: string;
  /** Links below `/dev/disk/by-id`, `by-path` and so on that lead to it. */
  readonly links: readonly string[];
  readonly partitions: readonly {
    readonly path: string;
    readonly size: number;
    readonly start: number;
  }[];
  readonly holders: readonly Holder[];
  readonly signatures: readonly Signature[];
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
}

/** Everything known about the machine. */
export interface Facts {
  /** As Nix writes it: `x86_64-linux`. */
  readonly system: string;
  readonly firmware: Firmware;
  readonly memory: Memory;
  readonly liveSystem: LiveSystem;
  readonly disks: readonly Disk[];
  /** Programs that steps may run, with the path they were found at. A program that is missing is not listed. */
  readonly tools: Readonly<Record<string, string>>;
}
