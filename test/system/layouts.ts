/** The layouts of disks there is a small system for, each described by `nix/layouts/NAME.nix`. */
export const layoutNames = [
  "uefi-ext4",
  "bios-ext4",
  "hybrid-grub",
  "bios-msdos",
  "swap",
  "btrfs-subvolumes",
  "btrfs-raid1",
  "xfs",
  "f2fs",
  "luks-passphrase",
  "luks-keyfile",
  "luks-lvm",
  "luks-raid",
  "lvm",
  "raid1-esp-each",
  "raid-data",
  "tmpfs-root",
  "mounts",
  "odd-partitions",
  "big-disk",
  "data-disks",
] as const;

/** One of {@link layoutNames}. */
export type LayoutName = (typeof layoutNames)[number];
