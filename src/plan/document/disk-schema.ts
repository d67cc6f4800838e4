import * as v from "valibot";
import { described } from "../../values/described.ts";

/*
 * The disks of a plan as `installer plan --format json` prints them. All sizes are bytes.
 */

export const bytes = v.pipe(v.number(), v.integer(), v.minValue(0));

const content = v.strictObject({
  type: described(
    v.string(),
    "A partition table (`gpt`, `msdos`), or what blkid(8) calls it: `ext4`, `crypto_LUKS`, `linux_raid_member`.",
  ),
  uuid: described(
    v.exactOptional(v.string()),
    "As blkid(8) shows it; of a partition table, the GUID of the disk or the identifier of an msdos disk.",
  ),
  label: described(v.exactOptional(v.string()), "Label of the file system, of the LUKS header …"),
  group: described(
    v.exactOptional(v.string()),
    "The array, volume group or pool that it makes the device a member of.",
  ),
});

const device = {
  path: described(v.string(), "The node of the device: `/dev/vda1`."),
  name: described(
    v.exactOptional(v.string()),
    "What the kernel calls the mapping behind a node such as `/dev/dm-0`.",
  ),
  size: described(v.exactOptional(bytes), "Left out where it is not known."),
  on: described(
    v.array(v.string()),
    "The nodes of the devices that it lies on; none of a whole disk.",
  ),
  partition: described(
    v.exactOptional(
      v.strictObject({
        number: v.pipe(v.number(), v.integer(), v.minValue(1)),
        name: described(
          v.exactOptional(v.string()),
          "Its name in the manifest; in the table, where the manifest does not name it.",
        ),
        type: described(
          v.exactOptional(v.string()),
          "Partition type: a GUID in upper case, or for msdos a hexadecimal number.",
        ),
        uuid: described(v.exactOptional(v.string()), "PARTUUID in lower case."),
      }),
    ),
    "Where it is a partition.",
  ),
  contents: described(v.array(content), "What is on it, by signature."),
  uses: described(
    v.array(v.string()),
    "What uses it, in words: `mounted on /boot`. After the install: where it is mounted in the installed system.",
  ),
};

/** A device as it is before the install. */
const deviceBefore = v.strictObject({
  ...device,
  isLost: described(v.boolean(), "Whether what is on it is destroyed."),
});

/** A device as it will be. */
const deviceAfter = v.strictObject({
  ...device,
  isNew: described(v.boolean(), "Whether it, or what is on it, is made by the install."),
});

/** A disk of the machine. */
export const diskSchema = v.strictObject({
  path: described(v.string(), "The kernel's node: `/dev/vda`."),
  name: described(
    v.exactOptional(v.string()),
    "Its name in the manifest; left out for a disk that the install does not touch.",
  ),
  size: bytes,
  model: v.exactOptional(v.string()),
  serial: v.exactOptional(v.string()),
  wwn: v.exactOptional(v.string()),
  links: described(v.array(v.string()), "Links that stay the same, such as those of udev by-id."),
  isWiped: described(v.boolean(), "Whether everything on it is destroyed."),
  before: described(
    v.strictObject({ devices: v.array(deviceBefore) }),
    "As it is: itself, its partitions, and what the kernel has made of them, each after what it lies on.",
  ),
  after: described(
    v.exactOptional(v.strictObject({ devices: v.array(deviceAfter) })),
    "As it will be; left out for a disk that the install does not touch. What lies on several devices is listed after the first of them.",
  ),
});

/** {@link diskSchema} */
export type PlannedDisk = v.InferOutput<typeof diskSchema>;

/** A device of {@link PlannedDisk} before the install. */
export type DeviceBefore = v.InferOutput<typeof deviceBefore>;

/** A device of {@link PlannedDisk} after the install. */
export type DeviceAfter = v.InferOutput<typeof deviceAfter>;

/** What is on a device of {@link PlannedDisk}. */
export type PlannedContent = v.InferOutput<typeof content>;
