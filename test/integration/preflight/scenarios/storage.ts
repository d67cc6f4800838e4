import type { Scenarios } from "./scenario.ts";
import { biosDisk, disk, mountOn, rootOn, rootTable, sound } from "./storage-tables.ts";

/** The disk with partitions, which stay. */
function keptTable(...partitions: readonly string[]): string {
  return disk("table", 'table = "keep"', `partition = [${partitions.join(", ")}]`);
}

const keptHome = '{ name = "home", number = 1, keep = true }';
const withTable = { disks: ["main", "table"] };

/** What of a manifest's storage cannot be, or not as it is meant, on the machine. */
export const storageScenarios: Scenarios = {
  "a group of disks with sectors of different sizes": {
    storage: `${sound}${disk("sectors", 'table = "none"', "wipe = true")}${disk("second", 'table = "none"', "wipe = true")}[lvm.vg]
devices = ["sectors", "second"]
volume = [{ name = "data" }]
${mountOn("/data", "vg.data")}`,
    live: { disks: ["main", "second", "sectors"] },
    findings: ["preflight/storage"],
  },
  "a file system on less than it takes": {
    storage: `${biosDisk("data")}${rootTable}${mountOn("/data", "main.data").replace("ext4", "xfs")}`,
    findings: ["preflight/device-too-small"],
  },
  "the name of a group that stays": {
    storage: rootOn(
      "vault.root",
      '[lvm.vault]\ndevices = ["main.root"]\nvolume = [{ name = "root" }]',
    ),
    live: { disks: ["main", "member", "partner"] },
    findings: ["preflight/name-taken"],
  },
  "a table to be kept that is not there, and a kept file system that is another": {
    storage: `${sound}${disk("second", 'table = "keep"', 'partition = [{ name = "data" }]')}${keptTable(keptHome)}${mountOn("/home", "table.home").replace("ext4", "xfs")}`,
    live: { disks: ["main", "second", "table"] },
    findings: ["preflight/kept-mismatch"],
  },
  "swap that every boot makes anew on what is kept": {
    storage: `${sound}${keptTable('{ name = "empty", number = 2, keep = true }')}[swap.main]\ndevice = "table.empty"\nrandom-encryption = true\n`,
    live: withTable,
    findings: ["preflight/kept-overwritten"],
  },
  "a pool of which a part is kept, and a part is new": {
    storage: `${biosDisk("data")}${rootTable}${keptTable(keptHome)}[btrfs.pool]\ndevices = ["table.home", "main.data"]\n${mountOn("/data", "pool").replace("ext4", "btrfs")}`,
    live: withTable,
    findings: ["preflight/nothing-to-keep"],
  },
  "directories that show each other": {
    storage: `${sound}[filesystem."/all"]
device = "/parts"
type = "bind"
options = ["rbind"]
[filesystem."/parts/one"]
device = "/all/two"
type = "bind"
`,
    findings: ["preflight/mount-cycle"],
  },
  "a swap file on what may be missing": {
    storage: `${biosDisk("data")}${rootTable}${mountOn("/data", "main.data", 'options = ["nofail"]')}[swap.file]\nfile = "/data/swap"\nsize = "8MiB"\n`,
    findings: ["preflight/swap-file-place"],
  },
  "what is on a kept partition is made anew": {
    system: { fstab: "LABEL=nixos / ext4 defaults 0 1\nLABEL=home /home ext4 defaults 0 2\n" },
    storage: `${sound}${keptTable(keptHome)}${mountOn("/home", "table.home", "format = true", 'label = "home"')}`,
    live: withTable,
    findings: ["preflight/overwritten"],
  },
  "the UUID of something that stays": {
    live: { disks: ["main", "twin"] },
    findings: ["preflight/identifier-in-use"],
  },
  "the label of something that stays": {
    system: { fstab: "LABEL=precious / ext4 defaults 0 1\n" },
    storage: sound.replace('"nixos"', '"precious"'),
    findings: ["preflight/label-in-use"],
  },
  "a thin pool that promises too much": {
    system: {
      fstab: "/dev/vg/root / ext4 defaults 0 1\n",
      modules: ["ext4", "dm_mod", "dm_thin_pool"],
      programs: ["lvm"],
    },
    storage: rootOn(
      "vg.root",
      `[lvm.vg]
devices = ["main.root"]
volume = [{ name = "pool", type = "thin-pool" }, { name = "root", type = "thin", pool = "pool", size = "1TiB" }]`,
    ),
    findings: ["preflight/boot-unreadable", "preflight/thin-pool-overcommitted"],
  },
  "swap for which a kept file system has no room left": {
    system: {
      fstab: `LABEL=nixos / ext4 defaults 0 1
LABEL=home /home ext4 defaults 0 2
/home/swap none swap defaults
`,
    },
    storage: `${sound}${keptTable(keptHome)}${mountOn("/home", "table.home")}[swap.file]\nfile = "/home/swap"\nsize = "15MiB"\n`,
    live: withTable,
    findings: ["preflight/room-kept"],
  },
  "swap that is larger than the file system that holds it": {
    system: { fstab: "LABEL=nixos / ext4 defaults 0 1\n/swap none swap defaults\n" },
    storage: `${sound}[swap.file]\nfile = "/swap"\nsize = "1GiB"\n`,
    findings: ["preflight/room"],
  },
};
