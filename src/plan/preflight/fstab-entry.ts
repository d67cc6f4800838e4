import type { FstabEntry } from "../../system-info/system-info.ts";

/** What is mounted over a network, or by a program of its own: nobody can look for it now. */
const networkTypes =
  /^(?:nfs4?|cifs|smb3|smbfs|ceph|glusterfs|9p|virtiofs|afs|davfs2?|ncpfs|lustre|beegfs|moosefs|s3fs|fuse\..*|sshfs|rclone|mergerfs)$/;

/** File systems that lie on no device. */
const virtualTypes =
  /^(?:tmpfs|ramfs|proc|sysfs|devtmpfs|devpts|cgroup2?|efivarfs|overlay|mqueue|debugfs|tracefs|securityfs|configfs|fusectl|hugetlbfs|bpf|autofs|binfmt_misc|pstore|ecryptfs|unionfs)$/;

/** How a line of fstab comes by what it mounts. */
export type FstabSource = "device" | "dataset" | "bind" | "virtual" | "network" | "swap";

/** How a line of fstab comes by what it mounts (fstab(5)). */
export function fstabSource({ type, options, device }: FstabEntry): FstabSource {
  if (type === "swap") return "swap";
  if (options.some((option) => option === "bind" || option === "rbind")) return "bind";
  if (networkTypes.test(type) || options.includes("_netdev")) return "network";
  if (virtualTypes.test(type)) return "virtual";
  if (type === "zfs") return "dataset";
  return device === "none" || device === "tmpfs" ? "virtual" : "device";
}

/** Whether it is mounted when the system boots, or as soon as somebody looks there. */
export function isMountedAtBoot({ options }: FstabEntry): boolean {
  return !options.includes("noauto") || options.includes("x-systemd.automount");
}

/** What the initrd mounts without being asked to (nixpkgs, `nixos/lib/utils.nix`: `pathsNeededForBoot`). */
const pathsNeededForBoot = [
  "/",
  "/nix",
  "/nix/store",
  "/var",
  "/var/log",
  "/var/lib",
  "/var/lib/nixos",
  "/etc",
  "/usr",
];

/** Whether the initrd mounts it; NixOS marks what is `neededForBoot` besides. */
export function isMountedEarly({
  mountPoint,
  options,
}: Pick<FstabEntry, "mountPoint" | "options">): boolean {
  return pathsNeededForBoot.includes(mountPoint) || options.includes("x-initrd.mount");
}

/** Whether the system boots without it. */
export function isOptional({ options }: FstabEntry): boolean {
  return options.includes("nofail") || options.includes("noauto");
}

/** What is installed besides boot files, and is not made again at boot. */
const systemPlaces = ["/nix/store", "/nix/var/nix/db", "/nix/var/nix/profiles"];

/** Whether the store, or what belongs to it, lies on what is mounted at a place other than `/`. */
export function holdsStore(mountPoint: string): boolean {
  return systemPlaces.some((place) => place === mountPoint || place.startsWith(`${mountPoint}/`));
}

/** The subvolume of a btrfs that is mounted; the top level is the empty text, `undefined` is one that is not known by its path. */
export function subvolumeOf(options: readonly string[]): string | undefined {
  const path = options.findLast((option) => option.startsWith("subvol="));
  if (path !== undefined) return path.slice("subvol=".length).replaceAll(/^\/+|\/+$/g, "");
  const id = options.findLast((option) => option.startsWith("subvolid="));
  return id === undefined || /^subvolid=[05]$/.test(id) ? "" : undefined;
}
