import { expect, test } from "bun:test";
import { complaint, disk, manifestOf, root } from "./manifest.ts";

/** Broken manifests with pools, kept partitions and swap files and the whole text that their author reads. */

const pool = `[btrfs.pool]
devices = ["main.data"]
label = "pool"
`;

test("things on a pool that cannot be there", () => {
  const text = manifestOf(`${disk}${root}${pool}
[filesystem."/home"]
device = "pool"
type = "ext4"
[swap.swap]
device = "pool"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:26:8: "pool" is a btrfs file system, which holds no ext4
       26 | type = "ext4"
          |        ^^^^^^
          = expected "btrfs"

    host.toml:28:10: "pool" is a btrfs file system, which only file systems can be on
       28 | device = "pool"
          |          ^^^^^^
    "
  `);
});

test("one subvolume at two places, and the whole pool twice", () => {
  const text = manifestOf(`${disk}${root}${pool}
[filesystem."/home"]
device = "pool"
type = "btrfs"
subvolume = "@home"
[filesystem."/users"]
device = "pool"
type = "btrfs"
subvolume = "@home"
[filesystem."/pool"]
device = "pool"
type = "btrfs"
[filesystem."/pool2"]
device = "pool"
type = "btrfs"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:31:13: the subvolume "@home" is mounted by filesystem."/home" already (line 24)
       31 | subvolume = "@home"
          |             ^^^^^^^
          = expected type = "bind" to have it in a second place

    host.toml:36:10: all of "pool" is mounted by filesystem."/pool" already (line 32)
       36 | device = "pool"
          |          ^^^^^^
          = expected type = "bind" to have it in a second place
    "
  `);
});

test("what a pool is told by its own table", () => {
  const text = manifestOf(`${disk}${root}${pool}
[filesystem."/home"]
device = "pool"
type = "btrfs"
label = "home"
mkfs-options = ["--mixed"]
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:27:1: "label" is told where "pool" is made
       27 | label = "home"
          | ^^^^^
          = expected it in [btrfs.pool]

    host.toml:28:1: "mkfs-options" is told where "pool" is made
       28 | mkfs-options = ["--mixed"]
          | ^^^^^^^^^^^^
          = expected it in [btrfs.pool]
    "
  `);
});

test("subvolumes and datasets without a pool", () => {
  const text = manifestOf(`${disk}${root}
[filesystem."/home"]
device = "main.data"
type = "btrfs"
subvolume = "@home"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:24:1: btrfs on "main.data" alone has no subvolumes
       24 | subvolume = "@home"
          | ^^^^^^^^^
          = expected a table [btrfs.NAME] with devices = ["main.data"], and its name here
    "
  `);
  const zfs = manifestOf(`${disk}${root}
[filesystem."/home"]
device = "main.data"
type = "zfs"
dataset = "home"
`);
  expect(complaint(zfs)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:22:10: "main.data" is no zfs pool
       22 | device = "main.data"
          |          ^^^^^^^^^^^
          = expected a table [zpool.NAME] with devices = ["main.data"], and its name here
    "
  `);
});

test("swap files where Linux cannot swap", () => {
  const text = manifestOf(`${disk}${root}
[filesystem."/tmp"]
type = "tmpfs"
[swap.swap]
file = "/tmp/swap"
size = "1GiB"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:24:8: /tmp/swap would lie on filesystem."/tmp", and Linux cannot swap to a file on tmpfs (line 21)
       24 | file = "/tmp/swap"
          |        ^^^^^^^^^^^
          = expected a path on ext4 or xfs or btrfs or f2fs
    "
  `);
});

test("swap that is both a device and a file, or neither", () => {
  const text = manifestOf(`${disk}${root}
[swap.both]
device = "main.data"
file = "/swap"
size = "1GiB"
[swap.neither]
label = "swap"
[swap.random]
file = "/random"
random-encryption = true
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 5 problems

    host.toml:21:2: swap.both is not valid
       21 | [swap.both]
          |  ^^^^^^^^^
          = expected either \`device\`, or \`file\` and \`size\`

    host.toml:22:10: "main.data" is a partition of type linux
       22 | device = "main.data"
          |          ^^^^^^^^^^^
          = expected a partition of type "swap"

    host.toml:25:2: swap.neither is not valid
       25 | [swap.neither]
          |  ^^^^^^^^^^^^
          = expected either \`device\`, or \`file\` and \`size\`

    host.toml:27:2: the key "size" is missing in swap.random
       27 | [swap.random]
          |  ^^^^^^^^^^^
          = expected the size of the file, such as "4GiB"

    host.toml:29:21: the value of "random-encryption" is not valid
       29 | random-encryption = true
          |                     ^^^^
          = expected none: only a device can be encrypted at every boot
    "
  `);
});

test("a kept partition that is overwritten, and a new one of which something should stay", () => {
  const text = manifestOf(`[disk.main]
device = "/dev/vda"
table = "keep"
wipe = true
[[disk.main.partition]]
name = "old"
keep = true
[[disk.main.partition]]
name = "new"
${root.replace("main.root", "main.new")}format = false
[lvm.vg]
devices = ["main.old"]
[[lvm.vg.volume]]
name = "data"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 3 problems

    host.toml:13:8: the value of "wipe" is not valid
       13 | wipe = true
          |        ^^^^
          = expected false with table = "keep": nothing is erased

    host.toml:22:10: "main.new" is made anew, and there is nothing on it to keep
       22 | format = false
          |          ^^^^^
          = expected true, or a partition with keep = true

    host.toml:24:12: lvm.vg is made anew and would overwrite "main.old", which is kept
       24 | devices = ["main.old"]
          |            ^^^^^^^^^^
          = expected a device that is not kept
    "
  `);
});

test("keys of kept partitions on a disk whose table is new", () => {
  const text = manifestOf(`[disk.main]
device = "/dev/vda"
[[disk.main.partition]]
name = "root"
keep = true
number = 2
size = "50%"
${root}`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:14:8: the value of "keep" is not valid
       14 | keep = true
          |        ^^^^
          = expected true only with table = "keep" for the disk

    host.toml:16:8: the value of "size" is not valid
       16 | size = "50%"
          |        ^^^^^
          = expected a size such as "512MiB" for a partition that is kept
    "
  `);
});

test("what an msdos table cannot have", () => {
  const text = manifestOf(`[disk.main]
device = "/dev/vda"
table = "msdos"
[[disk.main.partition]]
name = "root"
label = "root"
attributes = ["boot", "required"]
[[disk.main.partition]]
name = "bios"
size = "1MiB"
type = "bios-boot"
${root}`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 3 problems

    host.toml:15:9: the value of "label" is not valid
       15 | label = "root"
          |         ^^^^^^
          = expected none: msdos tables have no names for partitions

    host.toml:16:14: the value of "attributes" is not valid
       16 | attributes = ["boot", "required"]
          |              ^^^^^^^^^^^^^^^^^^^^
          = expected those that msdos tables have: "boot"

    host.toml:20:8: the value of "type" is not valid
       20 | type = "bios-boot"
          |        ^^^^^^^^^^^
          = expected a type that msdos tables have: esp, xbootldr, prep, linux, linux-generic, swap, linux-lvm, linux-raid, luks, microsoft-basic-data, windows-recovery, apple-hfs, zfs, or a number such as 0x83
    "
  `);
});

test("a LUKS mapping that nothing opens, and one with a secret of two kinds", () => {
  const text = manifestOf(`${disk}
[luks.root]
device = "main.root"
[luks.data]
device = "main.data"
passphrase = { file = "/run/keys/data", env = "DATA" }
keys = [{ fle = "/run/keys/more" }, { file = 5 }]
[filesystem."/"]
device = "root"
type = "ext4"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 4 problems

    host.toml:18:2: luks.root is not valid
       18 | [luks.root]
          |  ^^^^^^^^^
          = expected \`passphrase\` or \`keys\`: nothing else could open it

    host.toml:22:14: luks.data.passphrase is not valid
       22 | passphrase = { file = "/run/keys/data", env = "DATA" }
          |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = expected one of { file = "/path" }, { env = "NAME" } and { prompt = "text" }

    host.toml:23:11: unknown key "fle" in luks.data.keys[0]
       23 | keys = [{ fle = "**************" }, { file = 5 }]
          |           ^^^ did you mean file?

    host.toml:23:46: "file" cannot be a number
       23 | keys = [{ fle = "**************" }, { file = 5 }]
          |                                              ^ did you mean "5"?
          = expected a text in double quotes
    "
  `);
});

test("an array with too few devices of a level that md does not have", () => {
  const text = manifestOf(`${disk}${root}
[raid.five]
level = 5
devices = ["main.data"]
[raid.seven]
level = 7
devices = []
metadata = "1.3"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 4 problems

    host.toml:23:11: the value of "devices" is not valid
       23 | devices = ["main.data"]
          |           ^^^^^^^^^^^^^
          = expected at least two devices

    host.toml:25:9: "level" cannot be 7
       25 | level = 7
          |         ^
          = expected a level of md: 0, 1, 4, 5, 6, 10

    host.toml:26:11: the value of "devices" is not valid
       26 | devices = []
          |           ^^
          = expected at least two devices

    host.toml:27:12: "metadata" cannot be "1.3"
       27 | metadata = "1.3"
          |            ^^^^^
          = expected "0.90" or "1.0" or "1.1" or "1.2"
    "
  `);
});

test("a passphrase in the manifest, which is not shown", () => {
  const text = manifestOf(`${disk}${root}
[luks.data]
device = "main.data"
passphrase = "correct horse"
keys = ["battery staple", { file = "/run/keys/data" }]
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:23:14: "passphrase" cannot be a text
       23 | passphrase = "*************"
          |              ^^^^^^^^^^^^^^^
          = expected a table with some of the keys file, size, env, prompt

    host.toml:24:9: "keys" cannot be a text
       24 | keys = ["**************", { file = "/run/keys/data" }]
          |         ^^^^^^^^^^^^^^^^
          = expected a table with some of the keys file, size, env, prompt
    "
  `);
});

test("too few devices for what is asked of them", () => {
  const text = manifestOf(`[disk.main]
device = "/dev/vda"
[[disk.main.partition]]
name = "root"
size = "10GiB"
[[disk.main.partition]]
name = "data"
[filesystem."/"]
device = "fast"
type = "btrfs"
[btrfs.fast]
devices = ["main.root"]
metadata = "raid1"
[zpool.tank]
devices = ["main.data"]
mode = "mirror"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:21:11: the value of "devices" is not valid
       21 | devices = ["main.root"]
          |           ^^^^^^^^^^^^^
          = expected at least 2 devices for its profiles

    host.toml:24:11: the value of "devices" is not valid
       24 | devices = ["main.data"]
          |           ^^^^^^^^^^^^^
          = expected at least 2 devices for mode mirror
    "
  `);
});
