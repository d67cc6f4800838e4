import type { LayoutName } from "../../../system/layouts.ts";

/** What the system of a layout says of its devices; the rest is what most systems say. */
export interface LayoutSystem {
  /** `etc/fstab`, but for the line of {@link esp} where there is one. */
  readonly fstab: string;
  /** Whether `/boot` is the ESP by its label; `true` unless given. */
  readonly esp?: boolean;
  readonly luks?: Readonly<Record<string, string>>;
  readonly modules?: readonly string[];
  readonly hasLvm?: boolean;
  readonly kernelParameters?: readonly string[];
  /** GRUB's devices for a BIOS; else it is systemd-boot, or {@link mirrored}. */
  readonly grub?: readonly string[];
  /** Whether systemd-boot's installer takes an ESP that is an array. */
  readonly relaxesEspChecks?: boolean;
  /** GRUB for UEFI, at these mount points. */
  readonly mirrored?: readonly string[];
}

const root = "/dev/disk/by-label/nixos / ext4 defaults 0 1";
const main = "/dev/disk/by-id/virtio-landfall-main";
const raid = ["md_mod", "raid1", "raid10"];

const subvolumes = `
/dev/disk/by-label/nixos / btrfs subvol=@,compress=zstd,noatime 0 0
/dev/disk/by-label/nixos /nix btrfs subvol=@nix,compress=zstd,noatime 0 0
/dev/disk/by-label/nixos /home btrfs subvol=@home,compress=zstd,noatime 0 0`;

/** The systems of `test/system/nix/layouts`, as their closures describe them. */
export const layoutSystems: Readonly<Record<LayoutName, LayoutSystem>> = {
  "uefi-ext4": { fstab: root },
  "bios-ext4": { fstab: root, esp: false, grub: [main] },
  "bios-msdos": { fstab: root, esp: false, grub: [main] },
  "hybrid-grub": {
    fstab: `${root}\n/dev/disk/by-label/ESP /boot/efi vfat fmask=0077,dmask=0077 0 2`,
    esp: false,
    grub: [main],
    mirrored: ["/boot/efi"],
  },
  "big-disk": { fstab: `${root}\n/dev/disk/by-label/data /data xfs defaults 0 0` },
  swap: {
    fstab: `${root}
/dev/disk/by-uuid/ee94bdf5-9ebf-53a1-a024-98716e1c31c1 none swap defaults
/var/swapfile none swap defaults
/dev/mapper/dev-disk-byx2dpartlabel-random none swap defaults`,
    kernelParameters: ["resume=UUID=ee94bdf5-9ebf-53a1-a024-98716e1c31c1"],
  },
  "btrfs-subvolumes": { fstab: subvolumes },
  "btrfs-raid1": { fstab: "/dev/disk/by-label/nixos / btrfs noatime 0 0" },
  xfs: { fstab: "/dev/disk/by-uuid/8f252063-ba93-57a6-877f-589cfb5ad820 / xfs uquota,pquota 0 0" },
  f2fs: { fstab: "/dev/disk/by-label/nixos / f2fs defaults 0 1" },
  "luks-passphrase": { fstab: root, luks: { cryptroot: "/dev/disk/by-partlabel/root" } },
  "luks-keyfile": { fstab: subvolumes, luks: { cryptroot: "/dev/disk/by-partlabel/root" } },
  "luks-lvm": {
    fstab: `/dev/vg/root / ext4 defaults 0 1
/dev/vg/home /home ext4 defaults 0 2
/dev/vg/swap none swap defaults`,
    luks: { cryptlvm: "/dev/disk/by-partlabel/root" },
    hasLvm: true,
  },
  "luks-raid": {
    fstab: root,
    luks: { cryptroot: "/dev/disk/by-uuid/ecea227e-784e-54b3-9949-e0601f5a3e81" },
    modules: raid,
  },
  lvm: {
    fstab: `/dev/vg/root / ext4 defaults 0 1
/dev/disk/by-label/boot /boot ext4 defaults 0 2
/dev/vg/home /home ext4 defaults 0 2
/dev/vg/data /var/lib/data ext4 defaults 0 2`,
    esp: false,
    hasLvm: true,
    grub: [main],
  },
  "raid1-esp-each": {
    fstab: `${root}
/dev/disk/by-label/ESP /boot vfat fmask=0077,dmask=0077,nofail,x-systemd.device-timeout=30s 0 2
/dev/disk/by-label/ESP2 /boot-fallback vfat fmask=0077,dmask=0077,nofail,x-systemd.device-timeout=30s 0 2`,
    esp: false,
    modules: raid,
    mirrored: ["/boot", "/boot-fallback"],
  },
  "raid-data": {
    fstab: `${root}
/dev/disk/by-label/data0 /data0 ext4 defaults 0 2
/dev/disk/by-label/data5 /data5 ext4 defaults 0 2`,
    modules: raid,
    relaxesEspChecks: true,
  },
  "tmpfs-root": {
    fstab: `none / tmpfs mode=755,size=50% 0 0
/dev/disk/by-label/nix /nix ext4 noatime 0 2
/dev/disk/by-label/persist /persist ext4 defaults 0 2`,
  },
  mounts: {
    fstab: `${root}
/dev/disk/by-label/a /a ext4 noatime 0 2
/dev/disk/by-label/ab /a/b ext4 ro 0 2
/dev/disk/by-label/abc /a/b/c ext4 nodev,nosuid 0 2
/dev/disk/by-label/absent /absent ext4 nofail,x-systemd.device-timeout=1s 0 2
/dev/disk/by-label/persist /persist ext4 defaults 0 2
tmpfs /scratch tmpfs mode=1777,size=64M 0 0
/persist/srv /srv none bind 0 0`,
  },
  "odd-partitions": {
    fstab: `${root}
/dev/disk/by-partlabel/data\\x20one /data/one ext4 defaults 0 2
PARTLABEL=data\\040two /data/two ext4 defaults 0 2
PARTLABEL=what\\040is\\040left /data/rest ext4 defaults 0 2`,
  },
  "data-disks": {
    fstab: `${root}
/dev/disk/by-label/data /data ext4 defaults 0 2
/dev/disk/by-label/archive /archive ext4 defaults 0 2`,
  },
};
