/** What the manifest of a test machine says. */
export interface HostManifestOptions {
  /** Selects the layout: ESP and root, or BIOS boot, swap and root. */
  readonly firmware: "uefi" | "bios";
  readonly toplevel: string;
  readonly substituter: string;
  readonly publicKey: string;
  /** `[portable-store] tarball`. */
  readonly tarball: string;
  /** `[portable-store] sha256`. */
  readonly tarballSha256?: string;
  readonly action?: "reboot" | "poweroff" | "none";
  /**
   * A disk of this machine instead of the virtual machine's. The disk that the system has GRUB write to is not there
   * then, which the manifest allows.
   */
  readonly device?: string;
}

const uefiDisk = `
[[disk.main.partition]]
name = "esp"
size = "256MiB"
type = "esp"

[[disk.main.partition]]
name = "root"

[filesystem."/"]
device = "main.root"
type = "ext4"
label = "nixos"

[filesystem."/boot"]
device = "main.esp"
type = "vfat"
label = "ESP"
`;

const biosDisk = `
[[disk.main.partition]]
name = "bios"
size = "1MiB"
type = "bios-boot"

[[disk.main.partition]]
name = "swap"
size = "256MiB"
type = "swap"

[[disk.main.partition]]
name = "root"

[filesystem."/"]
device = "main.root"
type = "ext4"
label = "nixos"

[swap.main]
device = "main.swap"
label = "swap"
`;

/** The manifest for the rig's machine with one disk, for a variant of the system the tests install. */
export function hostManifest(options: HostManifestOptions): string {
  const sha256 = options.tarballSha256 === undefined ? "" : `sha256 = "${options.tarballSha256}"\n`;
  const { device = "/dev/disk/by-id/virtio-landfall-main" } = options;
  const allow = options.device === undefined ? "" : 'allow = ["preflight/grub-device-missing"]\n';
  return `version = 1
${allow}
[system]
toplevel = "${options.toplevel}"

[cache]
substituters = ["${options.substituter}"]
trusted-public-keys = ["${options.publicKey}"]

[portable-store]
tarball = "${options.tarball}"
${sha256}
[disk.main]
device = "${device}"
${options.firmware === "uefi" ? uefiDisk : biosDisk}
[finish]
action = "${options.action ?? "none"}"
`;
}
