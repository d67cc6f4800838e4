import { InitrdReader } from "../../../../src/system-info/initrd/initrd-reader.ts";
import type { InitrdInfo, InitrdKnowledge } from "../../../../src/system-info/system-info.ts";
import type { CpioInput } from "../../../support/cpio.ts";

const hash = "0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz";
const release = "6.12.30";
const shrunk = `nix/store/${hash}-linux-${release}-modules-shrunk`;
const modules = `${shrunk}/lib/modules/${release}`;

/** What depmod(8) leaves, and modules in the forms that nixpkgs packs them in. */
const moduleFiles: readonly CpioInput[] = [
  { path: `${modules}/kernel/drivers/ata/ahci.ko.xz`, file: "ahci" },
  { path: `${modules}/kernel/drivers/md/dm-crypt.ko.zst`, file: "dm-crypt" },
  { path: `${modules}/kernel/fs/ext4/ext4.ko`, file: "ext4" },
  {
    path: `${modules}/modules.alias`,
    file: "# Aliases extracted from modules themselves.\nalias fs-ext4 ext4\nalias pci:v*d*sv*sd*bc01sc06i01* ahci\n",
  },
  { path: `${modules}/modules.dep`, file: "kernel/fs/ext4/ext4.ko:\n" },
  {
    path: `${modules}/modules.builtin`,
    file: "kernel/fs/efivarfs.ko\nkernel/drivers/md/dm-mod.ko\n",
  },
];

/** The script of nixpkgs' `stage-1-init.sh` around what `luksroot.nix` writes. */
function stage1Script(luksCommands: string): string {
  return `#! /nix/store/${hash}-extra-utils/bin/ash

targetRoot=/mnt-root
extraUtils="/nix/store/${hash}-extra-utils"

info
info "<<< NixOS Stage 1 >>>"
info

for i in dm_crypt; do
    info "loading module $(basename $i)..."
    modprobe $i
done

${luksCommands}

info "starting device mapper and LVM..."
lvm vgchange -ay
`;
}

/** An initrd of NixOS's script, as nixpkgs' `stage-1.nix` makes it. */
export function scriptedInitrd(luksCommands = ""): readonly CpioInput[] {
  const utils = `nix/store/${hash}-extra-utils/bin`;
  return [
    { path: "." },
    { path: "etc" },
    { path: "etc/mdadm.conf", link: `/nix/store/${hash}-mdadm.conf` },
    { path: "init", link: `/nix/store/${hash}-stage-1-init.sh` },
    { path: "nix/store" },
    { path: `nix/store/${hash}-mdadm.conf`, file: "HOMEHOST <ignore>\n" },
    { path: `nix/store/${hash}-stage-1-init.sh`, file: stage1Script(luksCommands) },
    { path: `${utils}/busybox`, file: "\x7fELF" },
    { path: `${utils}/lvm`, file: "\x7fELF" },
    ...moduleFiles,
  ];
}

/** The list that NixOS's script reads of the file systems to mount. */
const fileSystemList = `/
/dev/disk/by-label/nixos
ext4
x-initrd.mount,noatime
/nix
/dev/vg/nix
xfs
x-initrd.mount`;

/** What nixpkgs' `stage-1-init.sh` does with that list, as far as it matters here. */
export const mountCommands = `mkdir -p $targetRoot

exec 3< /nix/store/${hash}-initrd-fsinfo

while read -u 3 mountPoint; do`;

/** An initrd with systemd in it, as nixpkgs' `systemd/initrd.nix` and `make-initrd-ng` make it. */
export function systemdInitrd(crypttab?: string): readonly CpioInput[] {
  const systemd = `nix/store/${hash}-systemd-257.5`;
  return [
    { path: "." },
    { path: "bin", link: `/nix/store/${hash}-initrd-bin-env/bin` },
    ...(crypttab === undefined
      ? []
      : [
          { path: "etc/crypttab", link: `/nix/store/${hash}-initrd-crypttab` },
          { path: `nix/store/${hash}-initrd-crypttab`, file: crypttab },
        ]),
    { path: "etc/systemd/system", link: `/nix/store/${hash}-initrd-units` },
    { path: "init", link: `/${systemd}/lib/systemd/systemd` },
    { path: "lib", link: `/${shrunk}/lib` },
    { path: `${systemd}/lib/systemd/systemd`, file: "\x7fELF" },
    ...moduleFiles,
  ];
}

/** What systemd is told by its environment in such an initrd, and the table of file systems there. */
export function sysrootTable(table: string): readonly CpioInput[] {
  return [
    { path: "etc/systemd/system.conf", link: `/nix/store/${hash}-system.conf` },
    {
      path: `nix/store/${hash}-system.conf`,
      file: `[Manager]\nDefaultEnvironment=PATH=/bin:/sbin\nManagerEnvironment=PATH=/bin:/sbin SYSTEMD_SYSROOT_FSTAB=/nix/store/${hash}-initrd-fstab\n`,
    },
    { path: `nix/store/${hash}-initrd-fstab`, file: table },
  ];
}

/** A unit of such an initrd, as nixpkgs' `systemd-lib.nix` makes it. */
export function initrdUnit(name: string, text: string): readonly CpioInput[] {
  const unit = `nix/store/${hash}-unit-${name}/${name}`;
  return [
    { path: `nix/store/${hash}-initrd-units/${name}`, link: `/${unit}` },
    { path: unit, file: text },
  ];
}

/** The list of {@link fileSystemList} as a file of the initrd. */
export const fileSystemListFile: CpioInput = {
  path: `nix/store/${hash}-initrd-fsinfo`,
  file: fileSystemList,
};

/** What is read of an initrd that comes in pieces of some size. */
export function knowledgeOf(bytes: Uint8Array, pieceSize = 65_536): InitrdKnowledge {
  const reader = new InitrdReader();
  try {
    for (let at = 0; at < bytes.length; at += pieceSize) {
      reader.write(bytes.subarray(at, at + pieceSize));
    }
    return reader.end();
  } finally {
    reader.close();
  }
}

/** The same of one that can be read. */
export function infoOf(bytes: Uint8Array, pieceSize?: number): InitrdInfo {
  const knowledge = knowledgeOf(bytes, pieceSize);
  if ("unreadable" in knowledge) throw new Error(`unreadable: ${knowledge.unreadable}`);
  return knowledge;
}

/** Why one cannot be read. */
export function problemOf(bytes: Uint8Array): string {
  const knowledge = knowledgeOf(bytes);
  if (!("unreadable" in knowledge)) throw new Error("it can be read");
  return knowledge.unreadable;
}
