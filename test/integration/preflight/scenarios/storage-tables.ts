/* Tables of manifests for the machine of the scenarios. */

/** `[disk.NAME]` for one of the machine's disks, by its link. */
export function disk(name: string, ...lines: readonly string[]): string {
  return [`[disk.${name}]`, `device = "/dev/disk/by-id/landfall-${name}"`, ...lines, ""].join("\n");
}

/** A disk for a BIOS with root behind further partitions. */
export function biosDisk(...further: readonly string[]): string {
  const names = [
    ...further.map((name) => `{ name = "${name}", size = "16MiB" }`),
    '{ name = "root" }',
  ];
  return disk(
    "main",
    "wipe = true",
    `partition = [{ name = "bios", size = "1MiB", type = "bios-boot" }, ${names.join(", ")}]`,
  );
}

/** `[filesystem."/"]` on the last partition of {@link biosDisk}. */
export const rootTable = `[filesystem."/"]
device = "main.root"
type = "ext4"
label = "nixos"
`;

/** A file system of type ext4. */
export function mountOn(mountPoint: string, device: string, ...lines: readonly string[]): string {
  const table = [`[filesystem."${mountPoint}"]`, `device = "${device}"`, 'type = "ext4"'];
  return [...table, ...lines, ""].join("\n");
}

/** The storage against which nothing speaks. */
export const sound = biosDisk() + rootTable;

/** Root in something that is made on a partition. */
export function rootOn(device: string, ...tables: readonly string[]): string {
  return `${biosDisk("other")}${tables.join("\n")}\n${rootTable.replace("main.root", device)}`;
}

/** `[luks.NAME]` on a device. */
export function luksOn(name: string, device: string, ...lines: readonly string[]): string {
  const passphrase = 'passphrase = { env = "LANDFALL_PASSPHRASE" }';
  return [`[luks.${name}]`, `device = "${device}"`, passphrase, ...lines, ""].join("\n");
}

/** A disk for UEFI whose second partition is mounted somewhere. */
export function uefiDisk(mountPoint: string, type = "esp", fileSystem = "vfat"): string {
  return `${disk(
    "main",
    "wipe = true",
    `partition = [
  { name = "esp", size = "40MiB", type = "esp" },
  { name = "boot", size = "40MiB", type = "${type}" },
  { name = "root" },
]`,
  )}${rootTable}
[filesystem."/firmware"]
device = "main.esp"
type = "vfat"
[filesystem."${mountPoint}"]
device = "main.boot"
type = "${fileSystem}"
`;
}

/** A second disk with one partition. */
export const secondDisk = disk("second", "wipe = true", 'partition = [{ name = "data" }]');

/** A UUID that nothing has. */
export const nobodysUuid = "0b1fd7d2-0000-4000-8000-000000000000";
