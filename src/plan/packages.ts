import type { LiveSystem } from "../facts/facts.ts";

/** What brings a program, by package manager; left out where there is no package of it. */
interface PackageNames {
  readonly apt?: string;
  readonly dnf?: string;
  readonly pacman?: string;
  readonly apk?: string;
  /** Attribute of nixpkgs. */
  readonly nix?: string;
}

type PackageManager = keyof PackageNames;

/** A package that has the same name everywhere. */
function everywhere(name: string): PackageNames {
  return { apt: name, dnf: name, pacman: name, apk: name, nix: name };
}

/** util-linux, of which Debian and Alpine have parts in packages of their own. */
function utilLinux(apt: string, apk: string): PackageNames {
  return { ...everywhere("util-linux"), apt, apk };
}

const lvm = everywhere("lvm2");
const zfs = { apt: "zfsutils-linux", dnf: "zfs", pacman: "zfs-utils", apk: "zfs", nix: "zfs" };

/** The packages of the programs that steps run. */
const packages: Readonly<Record<string, PackageNames>> = {
  bcachefs: everywhere("bcachefs-tools"),
  blkid: utilLinux("util-linux", "blkid"),
  blockdev: utilLinux("util-linux", "util-linux-misc"),
  btrfs: everywhere("btrfs-progs"),
  chattr: { ...everywhere("e2fsprogs"), apk: "e2fsprogs-extra" },
  chroot: everywhere("coreutils"),
  cryptsetup: { ...everywhere("cryptsetup"), apt: "cryptsetup-bin" },
  dmsetup: { ...everywhere("device-mapper"), apt: "dmsetup", nix: "lvm2" },
  env: everywhere("coreutils"),
  fallocate: utilLinux("util-linux", "util-linux-misc"),
  losetup: utilLinux("mount", "losetup"),
  lvcreate: lvm,
  lvs: lvm,
  mdadm: everywhere("mdadm"),
  "mkfs.btrfs": everywhere("btrfs-progs"),
  "mkfs.ext4": everywhere("e2fsprogs"),
  "mkfs.f2fs": everywhere("f2fs-tools"),
  "mkfs.vfat": everywhere("dosfstools"),
  "mkfs.xfs": everywhere("xfsprogs"),
  mkswap: utilLinux("util-linux", "util-linux-misc"),
  mount: utilLinux("mount", "mount"),
  nsenter: utilLinux("util-linux", "util-linux-misc"),
  partx: utilLinux("util-linux", "partx"),
  pvcreate: lvm,
  sfdisk: utilLinux("fdisk", "sfdisk"),
  ssh: {
    apt: "openssh-client",
    dnf: "openssh-clients",
    pacman: "openssh",
    apk: "openssh-client-default",
    nix: "openssh",
  },
  swapoff: utilLinux("mount", "util-linux-misc"),
  swapon: utilLinux("mount", "util-linux-misc"),
  thin_check: { ...everywhere("thin-provisioning-tools"), dnf: "device-mapper-persistent-data" },
  udevadm: { apt: "udev", dnf: "systemd-udev", pacman: "systemd", apk: "eudev", nix: "systemd" },
  umount: utilLinux("mount", "umount"),
  vgchange: lvm,
  vgcreate: lvm,
  wipefs: utilLinux("util-linux", "wipefs"),
  zfs,
  zpool: zfs,
};

const commands: Readonly<Record<PackageManager, (names: string) => string>> = {
  apt: (names) => `apt-get install ${names}`,
  dnf: (names) => `dnf install ${names}`,
  pacman: (names) => `pacman -Sy ${names}`,
  apk: (names) => `apk add ${names}`,
  nix: (names) => `nix-shell -p ${names}`,
};

const managers = Object.keys(commands).filter((name): name is PackageManager => name in commands);

/** The package managers of live systems, by `ID` of os-release(5). */
const managerOf: Readonly<Record<string, PackageManager>> = {
  almalinux: "dnf",
  alpine: "apk",
  arch: "pacman",
  centos: "dnf",
  debian: "apt",
  fedora: "dnf",
  grml: "apt",
  kali: "apt",
  linuxmint: "apt",
  manjaro: "pacman",
  nixos: "nix",
  raspbian: "apt",
  rhel: "dnf",
  rocky: "dnf",
  systemrescue: "pacman",
  ubuntu: "apt",
};

/** The package managers that a live system may have. */
function managersOf({ id }: Pick<LiveSystem, "id">): readonly PackageManager[] {
  const own = managerOf[id];
  return own === undefined ? managers : [own];
}

/** What is the same for programs that come with the same packages, so that one hint does for all of them. */
export function packagesOf(program: string, liveSystem: Pick<LiveSystem, "id">): string {
  const names = packages[program];
  if (names === undefined) return program;
  return managersOf(liveSystem)
    .map((name) => names[name] ?? "")
    .join(" ");
}

/**
 * How a program gets onto a live system: the command of its package manager, or those of all where it is not known which
 * it has. Sentences.
 */
export function howToGet(program: string, liveSystem: Pick<LiveSystem, "id">): string {
  const names = packages[program];
  const known = managersOf(liveSystem).flatMap((manager) => {
    const name = names?.[manager];
    return name === undefined ? [] : [commands[manager](name)];
  });
  return known.length === 0
    ? `Install the package that has ${program}, or start another live system.`
    : `Install it (${known.join("; ")}), or start another live system.`;
}
