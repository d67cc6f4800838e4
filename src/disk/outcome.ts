/** What a device holds once a step is done. */
export interface DeviceContent {
  /** The device's node. */
  readonly device: string;
  /** A partition table (`gpt`, `msdos`), or as blkid(8) names it: `ext4`, `crypto_LUKS`, `linux_raid_member` … */
  readonly type: string;
  /** Whether the step makes it; else it was there before, and stays. */
  readonly isNew: boolean;
  readonly uuid?: string;
  readonly label?: string;
  /** The array, volume group or pool that it makes the device a member of, by its name in the manifest. */
  readonly group?: string;
}

/** A device that there is once a step is done. */
export interface MadeDevice {
  /** Its node. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The nodes of the devices that it lies on. */
  readonly on: readonly string[];
  /** Whether the step makes it; else it was there before, and stays. */
  readonly isNew: boolean;
  /** What the partition table says of it, where it is a partition. */
  readonly partition?: {
    readonly number: number;
    /** Its name in the manifest, or in the table where the manifest does not name it. */
    readonly name?: string;
    /** As in the table: a GUID in upper case, or for msdos a hexadecimal number. */
    readonly type: string;
    /** PARTUUID in lower case. */
    readonly uuid?: string;
  };
}

/** What a step leaves on the disks, for who wants to see it beforehand: plain data. */
export interface Outcome {
  readonly contents: readonly DeviceContent[];
  /** The devices that others may be made on. */
  readonly devices: readonly MadeDevice[];
  /** What mount(8) calls the file system on several devices, where that is the node of none of them. */
  readonly source?: string;
}

/** The same content on each device of a list. */
export function onEach(
  devices: readonly string[],
  content: Omit<DeviceContent, "device">,
): DeviceContent[] {
  return devices.map((device) => ({ device, ...content }));
}

/** What a step says of how what it makes can be found. */
export function identifiersOf(step: { readonly uuid?: string; readonly label?: string }) {
  const { uuid, label } = step;
  return {
    ...(uuid === undefined ? {} : { uuid }),
    ...(label === undefined ? {} : { label }),
  };
}
