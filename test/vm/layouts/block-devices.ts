/** A block device as `lsblk --json` prints it with {@link columns}; null for what it does not have. */
export interface BlockDevice {
  readonly path: string;
  /** As the kernel calls it: `dm-0`. */
  readonly kname: string;
  /** Numbers of the device: `254:1`. */
  readonly "maj:min": string;
  readonly type: string;
  readonly serial: string | null;
  readonly fstype: string | null;
  readonly uuid: string | null;
  readonly label: string | null;
  readonly partuuid: string | null;
  readonly partlabel: string | null;
  readonly children?: readonly BlockDevice[];
}

/** The columns of lsblk(8) that make a {@link BlockDevice}; without NAME there is no tree. */
export const columns = "NAME,PATH,KNAME,MAJ:MIN,TYPE,SERIAL,FSTYPE,UUID,LABEL,PARTUUID,PARTLABEL";

/** The block devices of a machine and what is made of what. */
export class BlockDevices {
  /** Every device once, in the order of the tree. */
  readonly all: readonly BlockDevice[];
  readonly #parents = new Map<string, Set<string>>();

  /** @param disks The roots of the tree, in which a device is found below each that it is made of. */
  constructor(disks: readonly BlockDevice[]) {
    const devices = new Map<string, BlockDevice>();
    const visit = (device: BlockDevice, parent?: BlockDevice) => {
      devices.set(device.path, device);
      const parents = this.#parents.get(device.path) ?? new Set();
      if (parent) parents.add(parent.path);
      this.#parents.set(device.path, parents);
      for (const child of device.children ?? []) visit(child, device);
    };
    for (const disk of disks) visit(disk);
    this.all = [...devices.values()];
  }

  /** The paths of what a device is directly made of. */
  parents(path: string): readonly string[] {
    return [...(this.#parents.get(path) ?? [])];
  }

  /** The paths among the given ones that a device is made of, through whatever lies between. */
  madeOf(path: string, among: ReadonlySet<string>): readonly string[] {
    const found = this.parents(path).flatMap((parent) =>
      among.has(parent) ? [parent] : this.madeOf(parent, among),
    );
    return [...new Set(found)];
  }
}
