import { MiB } from "../../../../src/values/size.ts";
import {
  grubOn,
  hiddenGrubAt,
  systemdBootAt,
  systemdBootWithXbootldr,
} from "../../../support/preflight-closures.ts";
import type { Scenarios } from "./scenario.ts";
import {
  biosDisk,
  disk,
  mountOn,
  rootTable,
  secondDisk,
  sound,
  uefiDisk,
} from "./storage-tables.ts";

const bootInFstab = `/dev/disk/by-label/nixos / ext4 defaults 0 1
LABEL=boot /boot ext4 defaults 0 2
`;
const withBoot = `${biosDisk("boot")}${rootTable}${mountOn("/boot", "main.boot", 'label = "boot"')}`;
const main = "/dev/disk/by-id/landfall-main";

/** What is the matter with the boot loader that the system installs. */
export const loaderScenarios: Scenarios = {
  "systemd-boot on a BIOS": {
    system: { loader: systemdBootAt("/boot") },
    findings: ["preflight/boot-loader-firmware"],
  },
  "GRUB for a BIOS on UEFI": {
    storage: uefiDisk("/boot"),
    live: { uefiBits: 64 },
    findings: [
      "preflight/boot-loader-firmware",
      "preflight/grub-device-no-place",
      "preflight/mount-not-in-fstab",
    ],
  },
  "GRUB that firmware does not find, since the manifest keeps it from saying where it is": {
    system: { loader: hiddenGrubAt("/boot") },
    storage: `${uefiDisk("/boot")}[boot]\nefi-variables = false\n`,
    live: { uefiBits: 64 },
    findings: ["preflight/grub-without-entry", "preflight/mount-not-in-fstab"],
  },
  "an ESP elsewhere, on firmware with 32 bits, and no boot.json": {
    system: { loader: systemdBootAt("/efi"), bootspec: "none" },
    storage: uefiDisk("/boot"),
    live: { uefiBits: 32 },
    findings: [
      "preflight/bootspec-missing",
      "preflight/esp-not-mounted",
      "preflight/firmware-32-bit",
      "preflight/mount-not-in-fstab",
    ],
  },
  "an ESP of another file system": {
    system: { loader: systemdBootAt("/boot") },
    storage: uefiDisk("/boot", "linux", "ext4"),
    live: { uefiBits: 64 },
    findings: ["preflight/esp-not-vfat", "preflight/mount-not-in-fstab"],
  },
  "an ESP in an msdos table, and kernels on a partition of another type": {
    system: { loader: systemdBootWithXbootldr("/firmware", "/boot") },
    storage: uefiDisk("/boot", "linux").replace("wipe =", 'table = "msdos"\nwipe ='),
    live: { uefiBits: 64 },
    findings: [
      "preflight/esp-not-partition",
      "preflight/mount-not-in-fstab",
      "preflight/xbootldr-type",
    ],
  },
  "an ESP of another type": {
    system: { loader: systemdBootAt("/boot") },
    storage: uefiDisk("/boot", "linux"),
    live: { uefiBits: 64 },
    findings: ["preflight/esp-type", "preflight/mount-not-in-fstab"],
  },
  "GRUB on a disk that is not there, on somebody else's, and on one without a place": {
    system: {
      loader: grubOn(
        main,
        "/dev/landfall-none",
        "/dev/disk/by-id/landfall-foreign",
        "/dev/disk/by-id/landfall-second",
      ),
    },
    storage: `${sound}${secondDisk}`,
    findings: [
      "preflight/grub-device-foreign",
      "preflight/grub-device-missing",
      "preflight/grub-device-no-place",
    ],
  },
  "GRUB by a name that may be another disk's, and not on the other disk that has a place": {
    system: { loader: grubOn("/dev/sdy") },
    storage: `${sound}${disk("second", "wipe = true", 'partition = [{ name = "bios", size = "1MiB", type = "bios-boot" }]')}`,
    live: { diskNames: { main: "sdy", second: "sdz" } },
    findings: ["preflight/grub-device-left-out", "preflight/grub-device-name"],
  },
  "a menu for U-Boot": {
    system: { loader: { name: "extlinux-conf-builder", text: "" } },
    findings: ["preflight/extlinux-on-pc"],
  },
  "a kernel that does not fit into /boot": {
    system: { fstab: bootInFstab, kernelSize: 20 * MiB },
    storage: withBoot,
    findings: ["preflight/boot-room"],
  },
  "a kernel that fits into /boot but once": {
    system: { fstab: bootInFstab, kernelSize: 2 * MiB },
    storage: withBoot,
    findings: ["preflight/boot-room-tight"],
  },
};
