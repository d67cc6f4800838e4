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
  readonly kind:
    | "mount"
    | "swap"
    | "device-mapper"
    | "md"
    | "loop"
    | "block-device"
    | "exclusive-open";
  /** The device that is held: the disk, one of its partitions, or a device that another holder made of them. */
  readonly device: string;
  /** Mount point, swap area, mapping name, array, loop device. */
  readonly name: string;
  /** The device that the holder makes of what it holds, which may have holders itself: `/dev/dm-0`. */
  readonly path?: string;
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
  /** What keeps the disk busy, a holder before those of the device it makes. */
  readonly holders: readonly Holder[];
  /** What is on the disk and its partitions; `undefined` when that could not be read. */
  readonly signatures: readonly Signature[] | undefined;
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
