import type { Scenarios } from "./scenario.ts";
import { luksOn, rootOn, sound } from "./storage-tables.ts";

/** Has the kernel tell of other memory, in lines of proc_meminfo(5). */
function memory(total: string, available: string): string {
  return `
    sed 's/^MemTotal:.*/MemTotal: ${total}/; s/^MemAvailable:.*/MemAvailable: ${available}/' \\
      /proc/meminfo > "$SCRATCH/meminfo"
    mount --bind "$SCRATCH/meminfo" /proc/meminfo`;
}

/** A list of modules, where NixOS has it, in which none is that an install needs. */
const noModules = `
  mount -t tmpfs tmpfs /run
  directory="/run/booted-system/kernel-modules/lib/modules/$(uname -r)"
  mkdir -p "$directory"
  echo kernel/none.ko: > "$directory/modules.dep"`;

/** Has the disk `main` mounted where nobody else sees it, without a change of it. */
const mainIsMounted = 'mount -o ro,noload "$MAIN" /media';

/** What is the matter with the machine and its live system. */
export const machineScenarios: Scenarios = {
  "too little memory": {
    live: { before: memory("512000 kB", "65536 kB") },
    findings: ["preflight/memory"],
  },
  "LUKS that takes more memory than there is, below /boot": {
    storage: rootOn("crypt", luksOn("crypt", "main.root", 'pbkdf-memory = "2GiB"')),
    live: { before: memory("1048576 kB", "900000 kB") },
    findings: ["preflight/boot-unreadable", "preflight/luks-memory"],
  },
  "no program to make partitions with, and none to make the file system": {
    live: {
      before: 'for name in sfdisk mkfs.ext4; do mount --bind /dev/null "$(command -v $name)"; done',
    },
    findings: ["preflight/program-missing"],
    says: [
      "error: disk.main: the live system has no sfdisk\n",
      'error: filesystem."/": the live system has no mkfs.ext4\n',
    ],
  },
  "a kernel without a module": {
    system: { fstab: "LABEL=nixos / f2fs defaults 0 1\n", modules: ["f2fs"] },
    storage: sound.replace('"ext4"', '"f2fs"'),
    live: { before: noModules },
    findings: ["preflight/kernel-module-missing"],
  },
  "UEFI without an ESP, and without efivarfs": {
    live: { uefiBits: 64, before: noModules },
    findings: [
      "preflight/boot-loader-firmware",
      "preflight/efi-variables-unavailable",
      "preflight/esp-missing",
    ],
  },
  "a BIOS without a place for GRUB": {
    storage: sound.replace('{ name = "bios", size = "1MiB", type = "bios-boot" }, ', ""),
    findings: ["preflight/bios-boot-missing", "preflight/grub-device-no-place"],
  },
  "something mounted where the target would be, and a tarball that is not there": {
    storage: `${sound}[portable-store]\ntarball = "/nonexistent/nix.tar.xz"\n`,
    live: { before: 'mkdir "$ROOT" && mount -t tmpfs tmpfs "$ROOT"' },
    findings: ["preflight/mount-root", "preflight/portable-store"],
  },
  "a tarball on the disk that is wiped": {
    storage: `${sound}[portable-store]\ntarball = "/media/nix.tar.xz"\n`,
    live: { before: mainIsMounted },
    findings: ["preflight/file-lost"],
  },
  "SELinux that enforces": {
    live: {
      before: `
        mount -t tmpfs tmpfs /sys/fs
        mkdir /sys/fs/selinux
        echo 1 > /sys/fs/selinux/enforce`,
    },
    findings: ["preflight/selinux-enforcing"],
  },
  "a clock that is earlier than the kernel": {
    live: {
      before: `
        echo "#1 SMP PREEMPT_DYNAMIC Debian 9.9.9-1 (2099-12-31)" > "$SCRATCH/version"
        mount --bind "$SCRATCH/version" /proc/sys/kernel/version`,
    },
    findings: ["preflight/clock-behind"],
    says: ["but the live system's kernel is no older than 2099-12-31"],
  },
  "a clock that is ahead of the cache's": {
    cache: ({ late, publicKey }) =>
      `substituters = ["${late}"]\ntrusted-public-keys = ["${publicKey}"]`,
    findings: ["preflight/clock-off"],
  },
};
