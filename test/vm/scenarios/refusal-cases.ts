import { systemdBootAt } from "../../support/preflight-closures.ts";
import type { provokedInMachines } from "./provoked.ts";

const byId = "/dev/disk/by-id";

/** A system that fits the machine, but for what Secure Boot has against it. */
const unsigned = {
  fstab: "LABEL=nixos / ext4 defaults 0 1\nLABEL=ESP /boot vfat defaults 0 2\n",
  modules: ["ext4", "vfat", "virtio_blk", "virtio_pci"],
  loader: systemdBootAt("/boot"),
};

/** The systems that are installed, by name. */
export const systems = {
  unsigned,
  overlay: { ...unsigned, hasEtcOverlay: true },
  signing: { ...unsigned, loader: { name: "install-lanzaboote.sh", text: "" } },
};

/** A volume group on two disks, an array, and a mapping that is open; and a group whose other part is gone. */
export const storage = `
  other=${byId}/virtio-landfall-other
  printf 'size=16MiB\\nsize=8MiB, type=raid\\nsize=8MiB, type=raid\\n' | sfdisk --quiet --label gpt $other
  udevadm settle
  vgcreate --quiet --yes spanning ${byId}/virtio-landfall-member $other-part1 2>&1
  mdadm --quiet --create /dev/md/mirror --level 1 --raid-devices 2 --metadata 1.2 --run --assume-clean \\
    --homehost any $other-part2 $other-part3
  printf secret | cryptsetup luksFormat --batch-mode --type luks1 --pbkdf-force-iterations 1000 /dev/md/mirror -
  printf secret | cryptsetup open --key-file - /dev/md/mirror crypt
  truncate --size 16M /tmp/part
  loop=$(losetup --find --show /tmp/part)
  vgcreate --quiet --yes incomplete ${byId}/ata-QEMU_HARDDISK_landfall-lost $loop 2>&1
  losetup --detach $loop
  udevadm settle
  sync
  # md notes on its members, a moment after the last write, that they are the same.
  until [ "$(mdadm --examine $other-part2 $other-part3 | grep -c 'State : clean')" = 2 ]; do sleep 0.1; done
`;

/** Root on a device. */
function rootOn(device: string): string {
  return `
[disk.main]
device = "${byId}/virtio-landfall-main"
partition = [
  { name = "esp", size = "40MiB", type = "esp" },
  { name = "one", size = "32MiB" },
  { name = "two", size = "32MiB" },
  { name = "three", size = "32MiB" },
  { name = "root" },
]

[filesystem."/boot"]
device = "main.esp"
type = "vfat"
label = "ESP"

[filesystem."/"]
device = "${device}"
type = "ext4"
label = "nixos"
`;
}

/** A layout that the systems fit. */
export const plain = rootOn("main.root");

/** A disk that may be wiped. */
function used(name: string, link: string): string {
  return `[disk.${name}]\ndevice = "${byId}/${link}"\nwipe = true\npartition = [{ name = "data" }]\n`;
}

const everyDisk = [
  plain,
  used("member", "virtio-landfall-member"),
  used("lost", "ata-QEMU_HARDDISK_landfall-lost"),
  used("lun", "wwn-0x5000c50000000004"),
  used("reader", "usb-QEMU_QEMU_HARDDISK_landfall-reader-0:0"),
  used("live", "virtio-landfall-live"),
].join("\n");

const takenNames = `${rootOn("spanning.root")}
[raid.mirror]
level = 1
devices = ["main.one", "main.two"]

[luks.crypt]
device = "main.three"
passphrase = { env = "PASSPHRASE" }

[lvm.spanning]
devices = ["main.root"]
volume = [{ name = "root" }]
`;

/** File systems that the live system can do nothing with. */
const unsupported = `${plain}
[bcachefs.pool]
devices = ["main.two"]

[filesystem."/pool"]
device = "pool"
type = "bcachefs"

[zpool.tank]
devices = ["main.one"]

[filesystem."/tank"]
device = "tank"
type = "zfs"
dataset = "data"
`;

const variables = "/sys/firmware/efi/efivars";

/** Leaves less room for variables than a boot entry takes; a variable has at most 33 KiB, and four bytes of attributes. */
const fillVariables = `
  number=0
  until room=$(stat --file-system --format %a ${variables}) && [ $room -lt 1024 ]; do
    size=$((room > 30000 ? 30000 : room > 1500 ? room - 1000 : room / 2))
    { printf '\\007\\000\\000\\000'; head -c $size /dev/zero; } > /tmp/variable
    cat /tmp/variable > ${variables}/Landfall$number-c0ffee00-0000-4000-8000-000000000000
    number=$((number + 1))
  done
`;

/** How a machine comes to what stands for it in {@link provokedInMachines}. */
interface Case {
  readonly provokes: keyof typeof provokedInMachines;
  /** A script that makes the machine so. `$NOW` is the time, in seconds since 1970. */
  readonly before: string;
  readonly system: keyof typeof systems;
  readonly tables: string;
  /** What is told besides the identifiers. */
  readonly tells: readonly string[];
}

/** What is refused, in this order: each finds the machine as the one before has left it. */
export const cases: readonly Case[] = [
  {
    provokes: "disks that must not be written, variables that are read-only, and an old clock",
    before: `mount -o remount,ro ${variables}; date --set 2001-01-01`,
    system: "overlay",
    tables: everyDisk,
    tells: ["there is no medium in /dev/sd", "(WWN 0x5000c50000000004)", "older than 6.5"],
  },
  {
    provokes:
      "names that are taken, variables that are full, a loader that may be signed, SELinux, and a fast clock",
    before: `
      date --set @$((NOW + 10800))
      mount -o remount,rw ${variables}
      ${fillVariables}
      mount -t selinuxfs selinuxfs /sys/fs/selinux`,
    system: "signing",
    tables: takenNames,
    tells: ["raid.mirror: ", "luks.crypt: ", "lvm.spanning: ", "3 hours ahead"],
  },
  {
    provokes: "a kernel without efivarfs, bcachefs and ZFS",
    before: `
      date --set @$NOW
      umount /sys/fs/selinux ${variables}
      modprobe --remove efivarfs
      mkdir /root/module
      mv /lib/modules/*/kernel/fs/efivarfs/* /root/module`,
    system: "unsigned",
    tables: unsupported,
    tells: ["has no bcachefs", "has no module bcachefs", "has no zpool", "has no module zfs"],
  },
];
