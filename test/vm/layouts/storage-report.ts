/** A block device of the manifest, and what is on it. */
export interface DeviceReport {
  /** What kind of device, as lsblk(8) calls it: "part", "crypt", "raid1", "lvm". */
  readonly type: string;
  /** What it is made of: devices by their names in the manifest, for a logical volume its group. */
  readonly on: readonly string[];
  readonly partitionUuid?: string;
  readonly partitionLabel?: string;
  /** What is on it, as blkid(8) calls it: "ext4", "crypto_LUKS". */
  readonly content?: string;
  readonly uuid?: string;
  readonly label?: string;
}

/** A mounted file system. */
export interface MountReport {
  /** The device by its name in the manifest, if the file system has one. */
  readonly device?: string;
  readonly type: string;
  /** The directory of the file system that is mounted: "/", or a subvolume. */
  readonly root: string;
  /** Those of the manifest's options that it does not have. */
  readonly missingOptions: readonly string[];
  /** Octal permissions of the mounted directory, where the manifest gives them. */
  readonly mode?: string;
  /** Numbers of the mounted directory's user and group, where the manifest gives them. */
  readonly owner?: string;
}

/** What a running system reports of its storage, in the manifest's terms. */
export interface StorageReport {
  /** By name in the manifest: "main.root", "cryptroot", "vg.root". */
  readonly devices: Readonly<Record<string, DeviceReport>>;
  /** By mount point. */
  readonly mounts: Readonly<Record<string, MountReport>>;
  /** Swap devices by their names in the manifest, a mapping with a random key with "random key" after it; swap files. */
  readonly swaps: readonly string[];
}

/** The storage of a manifest, as far as a running system shows it. */
export interface ManifestStorage {
  readonly disk: Tables<{
    readonly device?: string | undefined;
    readonly table?: string | undefined;
    readonly partition?:
      | readonly {
          readonly name: string;
          readonly label?: string | undefined;
          readonly keep?: boolean | undefined;
        }[]
      | undefined;
  }>;
  readonly luks?: Tables<{ readonly device: string; readonly label?: string | undefined }>;
  readonly raid?: Tables<{ readonly devices: readonly string[]; readonly level: number }>;
  readonly lvm?: Tables<{
    readonly devices: readonly string[];
    readonly volume: readonly { readonly name: string; readonly type?: string | undefined }[];
  }>;
  readonly btrfs?: Tables<{
    readonly devices: readonly string[];
    readonly label?: string | undefined;
  }>;
  readonly filesystem: Tables<{
    readonly type: string;
    readonly device?: string | undefined;
    readonly label?: string | undefined;
    readonly subvolume?: string | undefined;
    readonly options?: readonly string[] | undefined;
    readonly mode?: string | undefined;
    readonly owner?: string | undefined;
  }>;
  readonly swap?: Tables<{
    readonly device?: string | undefined;
    readonly file?: string | undefined;
    readonly label?: string | undefined;
    readonly "random-encryption"?: boolean | undefined;
  }>;
}

type Tables<Table> = Readonly<Record<string, Table>>;

/** Leaves properties out that are undefined. */
export function defined<T extends object>(
  properties: {
    readonly [Key in keyof T]: T[Key] | undefined;
  },
): T {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  // Only optional properties can be undefined in a T.
  return Object.fromEntries(entries) as T;
}

/** Whether a device was there before the install: its identifiers follow from nothing. */
export function isKept({ disk }: ManifestStorage, device: string): boolean {
  const [name = "", partition] = device.split(".");
  return disk[name]?.partition?.find((each) => each.name === partition)?.keep === true;
}
