import { expect, test } from "bun:test";
import { complaint, manifestOf, manifestWith, soundManifest } from "./manifest.ts";

/** Broken manifests whose storage objects do not fit together and the whole text that their author reads. */

/** A disk with three partitions, the first of which is `root`. */
const disk = `[disk.main]
device = "/dev/vda"
[[disk.main.partition]]
name = "root"
size = "10GiB"
[[disk.main.partition]]
name = "one"
size = "10GiB"
[[disk.main.partition]]
name = "two"
[filesystem."/"]
device = "main.root"
type = "ext4"
`;

test("devices that lead nowhere, each for its own reason", () => {
  const storage = `${disk}
[raid.md]
level = 1
devices = ["main.one", "main.tow"]
[filesystem."/disk"]
device = "main"
type = "ext4"
[filesystem."/part"]
device = "md.one"
type = "ext4"
[filesystem."/table"]
device = "raid.md"
type = "ext4"
[filesystem."/nothing"]
device = "data"
type = "ext4"
[filesystem."/path"]
device = "disk.main.two"
type = "ext4"
`;
  expect(complaint(manifestOf(storage))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 6 problems

    host.toml:26:24: disk.main has no partition "tow"
       26 | devices = ["main.one", "main.tow"]
          |                        ^^^^^^^^^^ did you mean "main.two"?

    host.toml:28:10: disk.main is used by its partitions, not as a whole
       28 | device = "main"
          |          ^^^^^^
          = expected one of main.root, main.one, main.two

    host.toml:31:10: raid.md has no parts
       31 | device = "md.one"
          |          ^^^^^^^^ did you mean "md"?

    host.toml:34:10: there is no device "raid.md"
       34 | device = "raid.md"
          |          ^^^^^^^^^ did you mean "md"?

    host.toml:37:10: there is no device "data"
       37 | device = "data"
          |          ^^^^^^
          = expected one of main.root, main.one, main.two, md

    host.toml:40:10: the value of "device" is not valid
       40 | device = "disk.main.two"
          |          ^^^^^^^^^^^^^^^ did you mean "main.two"?
          = expected a device of this manifest, such as "main.root" for the partition root of disk.main
    "
  `);
});

test("arrays on each other in a circle", () => {
  const storage = `${disk}
[raid.inner]
level = 1
devices = ["main.one", "outer"]
[raid.outer]
level = 1
devices = ["main.two", "inner"]
`;
  expect(complaint(manifestOf(storage))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:26:24: each of these is made on the next: raid.inner → raid.outer → raid.inner
       26 | devices = ["main.one", "outer"]
          |                        ^^^^^^^
    "
  `);
});

test("a LUKS mapping on itself", () => {
  const storage = `${disk}
[luks.crypt]
device = "crypt"
passphrase = { prompt = "passphrase" }
`;
  expect(complaint(manifestOf(storage))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:25:10: luks.crypt is made on itself
       25 | device = "crypt"
          |          ^^^^^^^
    "
  `);
});

test("one partition for an array, a volume group and swap", () => {
  const storage = `${disk}
[raid.md]
level = 1
devices = ["main.one", "main.one"]
[lvm.vg]
devices = ["main.one"]
[[lvm.vg.volume]]
name = "data"
`;
  expect(complaint(manifestOf(storage))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:26:24: raid.md names "main.one" twice
       26 | devices = ["main.one", "main.one"]
          |                        ^^^^^^^^^^

    host.toml:28:12: "main.one" is used by raid.md already (line 26)
       28 | devices = ["main.one"]
          |            ^^^^^^^^^^
    "
  `);
});

test("names that two tables have", () => {
  const storage = `${disk}
[luks.main]
device = "main.one"
passphrase = { prompt = "passphrase" }
[lvm.vg-a]
devices = ["main.two"]
[[lvm.vg-a.volume]]
name = "b"
[luks.vg--a-b]
device = "vg-a.b"
passphrase = { prompt = "passphrase" }
`;
  expect(complaint(manifestOf(storage))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:24:2: disk.main has the name "main" already (line 10)
       24 | [luks.main]
          |  ^^^^^^^^^
          = expected a name of its own: a reference to it could mean either

    host.toml:29:3: "vg-a.b" and "vg--a-b" are both /dev/mapper/vg--a-b (line 31)
       29 | [[lvm.vg-a.volume]]
          |   ^^^^^^^^^^^^^^^
    "
  `);
});

test("names that the kernel, md or ZFS cannot give", () => {
  const storage = `${disk}
[luks.control]
device = "main.one"
passphrase = { prompt = "passphrase" }
[lvm.mapper]
devices = ["control"]
[[lvm.mapper.volume]]
name = "b"
[zpool.mirror0]
devices = ["main.two"]
[zpool.0tank]
devices = ["mapper.b"]
[disk.other]
device = "/dev/vdb"
table = "none"
[disk.third]
device = "/dev/vdc"
table = "none"
[raid.an-array-with-a-very-long-name]
level = 1
devices = ["other", "third"]
`;
  expect(complaint(manifestOf(storage))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 5 problems

    host.toml:24:2: a LUKS mapping cannot be named "control": /dev/mapper/control is how programs talk to device-mapper
       24 | [luks.control]
          |  ^^^^^^^^^^^^

    host.toml:27:2: a volume group cannot be named "mapper": /dev/mapper is something else already
       27 | [lvm.mapper]
          |  ^^^^^^^^^^

    host.toml:31:2: a ZFS pool cannot be named "mirror0": ZFS takes it for a kind of device
       31 | [zpool.mirror0]
          |  ^^^^^^^^^^^^^

    host.toml:33:2: a ZFS pool cannot be named "0tank": ZFS wants a letter first
       33 | [zpool.0tank]
          |  ^^^^^^^^^^^

    host.toml:41:2: an array cannot be named "an-array-with-a-very-long-name": it has at most 27 characters
       41 | [raid.an-array-with-a-very-long-name]
          |  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "
  `);
});

test("two volumes of one name, and a thin volume in a volume that is no pool", () => {
  const storage = `${disk}
[lvm.vg]
devices = ["main.one"]
[[lvm.vg.volume]]
name = "data"
size = "1GiB"
[[lvm.vg.volume]]
name = "data"
size = "1GiB"
[[lvm.vg.volume]]
name = "thin"
type = "thin"
pool = "data"
size = "1GiB"
[[lvm.vg.volume]]
name = "mirror"
type = "raid1"
`;
  expect(complaint(manifestOf(storage))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 3 problems

    host.toml:30:8: lvm.vg has two volumes named "data" (line 26)
       30 | name = "data"
          |        ^^^^^^

    host.toml:35:8: lvm.vg has a volume "data", but it is no thin pool
       35 | pool = "data"
          |        ^^^^^^
          = expected the name of a volume with type = "thin-pool"

    host.toml:39:8: a volume of type raid1 needs two devices, but lvm.vg has one
       39 | type = "raid1"
          |        ^^^^^^^
    "
  `);
});

test("a file system on a thin pool", () => {
  const storage = `${disk}
[lvm.vg]
devices = ["main.one"]
[[lvm.vg.volume]]
name = "pool"
type = "thin-pool"
[[lvm.vg.volume]]
name = "thin"
type = "thin"
pool = "pool"
size = "1GiB"
[filesystem."/data"]
device = "vg.pool"
type = "ext4"
`;
  expect(complaint(manifestOf(storage))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:35:10: "vg.pool" is a thin pool, which holds only volumes of type thin
       35 | device = "vg.pool"
          |          ^^^^^^^^^
          = expected "vg.thin"
    "
  `);
});

test("what cannot be on a partition of its type", () => {
  const text = manifestWith(
    ['[swap.swap]\ndevice = "main.swap"', '[swap.swap]\ndevice = "main.root"'],
    [
      '[filesystem."/"]\ndevice = "main.root"',
      '[lvm.vg]\ndevices = ["main.swap"]\n[[lvm.vg.volume]]\nname = "root"\n[filesystem."/"]\ndevice = "vg.root"',
    ],
  );
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:28:12: "main.swap" is a partition of type swap, which holds nothing but swap
       28 | devices = ["main.swap"]
          |            ^^^^^^^^^^^
          = expected a partition of another type, such as "linux"

    host.toml:40:10: "main.root" is a partition of type linux
       40 | device = "main.root"
          |          ^^^^^^^^^^^
          = expected a partition of type "swap"
    "
  `);
});

test("an array of EFI system partitions that firmware cannot read", () => {
  const second = `
[disk.second]
device = "/dev/vdb"
[[disk.second.partition]]
name = "esp"
type = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
[raid.esp]
level = 0
devices = ["main.esp", "second.esp"]
`;
  const text = `${soundManifest}${second}`.replace(
    'device = "main.esp"\ntype = "vfat"',
    'device = "esp"\ntype = "ext4"',
  );
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 3 problems

    host.toml:33:8: "esp" is an EFI system partition, which firmware reads only as vfat
       33 | type = "ext4"
          |        ^^^^^^
          = expected "vfat"

    host.toml:43:2: raid.esp is made of EFI system partitions, each of which firmware reads by itself: they must begin with the file system, not with metadata 1.2
       43 | [raid.esp]
          |  ^^^^^^^^
          = expected metadata = "1.0"

    host.toml:44:9: raid.esp is made of EFI system partitions, each of which firmware reads by itself
       44 | level = 0
          |         ^
          = expected 1
    "
  `);
});

test("a mirror of EFI system partitions with its metadata at the end is read", () => {
  const text = `${soundManifest}
[disk.second]
device = "/dev/vdb"
[[disk.second.partition]]
name = "esp"
type = "esp"
[raid.esp]
level = 1
metadata = "1.0"
devices = ["main.esp", "second.esp"]
`.replace('device = "main.esp"', 'device = "esp"');
  expect(() => complaint(text)).toThrow("the manifest was accepted");
});

test("tables and arrays in place of each other", () => {
  const storage = `${disk}
[raid.md]
level = 0
devices = "main.one"
[lvm.vg]
devices = ["main.two"]
[lvm.vg.volume.data]
size = "1GiB"
`;
  expect(complaint(manifestOf(storage))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:26:11: "devices" cannot be a text
       26 | devices = "main.one"
          |           ^^^^^^^^^^ did you mean ["main.one"]?
          = expected an array

    host.toml:29:2: "volume" cannot be a table
       29 | [lvm.vg.volume.data]
          |  ^^^^^^^^^^^^^
          = expected an array of tables: [[lvm.vg.volume]]
    "
  `);
});
