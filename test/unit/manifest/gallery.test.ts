import { expect, test } from "bun:test";
import { complaint, manifestWith } from "./manifest.ts";

/** Broken manifests and the whole text that their author reads. */

test("a misspelt key is told once, with the right spelling", () => {
  expect(complaint(manifestWith(["toplevel =", "toplvel ="]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:4:1: unknown key "toplvel" in system
        4 | toplvel = "/nix/store/k8nkf470zpg5lpr46h8vbc0gc2b8jdfx-nixos-system-host-25.11"
          | ^^^^^^^ did you mean toplevel?
    "
  `);
});

test("an underscore where a dash belongs", () => {
  expect(
    complaint(manifestWith(["trusted-public-keys", "trusted_public_keys"])),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:8:1: unknown key "trusted_public_keys" in cache
        8 | trusted_public_keys = ["cache.example.org-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
          | ^^^^^^^^^^^^^^^^^^^ did you mean trusted-public-keys?
    "
  `);
});

test("a key that is like none of the table", () => {
  expect(
    complaint(manifestWith(["wipe = true", 'wipe = true\nfilesystem = "ext4"'])),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:13:1: unknown key "filesystem" in disk.main
       13 | filesystem = "ext4"
          | ^^^^^^^^^^
          = expected one of device, wipe, partition
    "
  `);
});

test("every unknown key of every table", () => {
  const text = manifestWith(
    ["version = 1", "version = 1\nhostname = 1\nkeymap = 2"],
    ['type = "vfat"', 'type = "vfat"\ncompression = 1\nmount-options = 2'],
  );
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 4 problems

    host.toml:2:1: unknown key "hostname"
        2 | hostname = 1
          | ^^^^^^^^
          = expected one of version, system, cache, portable-store, disk, filesystem, swap, boot, finish

    host.toml:3:1: unknown key "keymap"
        3 | keymap = 2
          | ^^^^^^
          = expected one of version, system, cache, portable-store, disk, filesystem, swap, boot, finish

    host.toml:36:1: unknown key "compression" in filesystem."/boot"
       36 | compression = 1
          | ^^^^^^^^^^^
          = expected one of type, device, label, options

    host.toml:37:1: unknown key "mount-options" in filesystem."/boot"
       37 | mount-options = 2
          | ^^^^^^^^^^^^^
          = expected one of type, device, label, options
    "
  `);
});

test("a size without a unit that exists", () => {
  expect(complaint(manifestWith(['"1GiB"', '"1 gig"']))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:16:8: the value of "size" is not valid
       16 | size = "1 gig"
          |        ^^^^^^^
          = expected a whole number and a unit (B, KiB, MiB, GiB, TiB, kB, MB, GB, TB), such as "512MiB"
    "
  `);
});

test("a size that is a number", () => {
  expect(complaint(manifestWith(['"1GiB"', "1024"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:16:8: "size" cannot be a number
       16 | size = 1024
          |        ^^^^
          = expected a whole number and a unit (B, KiB, MiB, GiB, TiB, kB, MB, GB, TB), such as "512MiB"
    "
  `);
});

test("a partition type in capitals", () => {
  expect(complaint(manifestWith(['type = "esp"', 'type = "ESP"']))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:17:8: "type" cannot be "ESP"
       17 | type = "ESP"
          |        ^^^^^ did you mean "esp"?
          = expected "esp" or "bios-boot" or "swap" or "linux"
    "
  `);
});

test("a file system that is not supported", () => {
  expect(complaint(manifestWith(['type = "ext4"', 'type = "btrfs"']))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:29:8: "type" cannot be "btrfs"
       29 | type = "btrfs"
          |        ^^^^^^^
          = expected "ext4" or "vfat"
    "
  `);
});

test("a reference to no partition", () => {
  expect(complaint(manifestWith(["main.root", "main.rot"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:28:10: there is no partition "main.rot"
       28 | device = "main.rot"
          |          ^^^^^^^^^^ did you mean "main.root"?
    "
  `);
});

test("a reference that is a device node", () => {
  expect(complaint(manifestWith(['"main.root"', '"/dev/vda3"']))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:28:10: the value of "device" is not valid
       28 | device = "/dev/vda3"
          |          ^^^^^^^^^^^
          = expected a partition as "disk.partition", such as "main.root"
    "
  `);
});

test("one partition for two file systems", () => {
  expect(complaint(manifestWith(["main.esp", "main.root"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:32:10: "main.root" is used by filesystem."/" already
       32 | device = "main.root"
          |          ^^^^^^^^^^^
    "
  `);
});

test("no file system for /", () => {
  expect(
    complaint(manifestWith(['[filesystem."/"]', '[filesystem."/home"]'])),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:27:2: there is no file system for /
       27 | [filesystem."/home"]
          |  ^^^^^^^^^^
          = expected a table [filesystem."/"]
    "
  `);
});

test("the EFI system partition as ext4", () => {
  expect(complaint(manifestWith(['"vfat"', '"ext4"']))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:33:8: "main.esp" is an EFI system partition, which firmware reads only as vfat
       33 | type = "ext4"
          |        ^^^^^^
          = expected "vfat"
    "
  `);
});

test("swap on a partition of another type", () => {
  expect(complaint(manifestWith(['type = "swap"', 'type = "linux"']))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:36:10: "main.swap" is a partition of type linux
       36 | device = "main.swap"
          |          ^^^^^^^^^^^
          = expected one of type "swap"
    "
  `);
});

test("a partition without a size before the last", () => {
  expect(complaint(manifestWith(['size = "2GiB"\n', ""]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:19:3: partition "swap" has no size, but is not the last of its disk
       19 | [[disk.main.partition]]
          |   ^^^^^^^^^^^^^^^^^^^
          = expected a size: only the last partition takes the rest of the disk
    "
  `);
});

test("two partitions of one name", () => {
  expect(
    complaint(manifestWith(['name = "swap"', 'name = "esp"'], ["main.swap", "main.esp"])),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 3 problems

    host.toml:20:8: disk.main has two partitions named "esp", the other is disk.main.partition[0]
       20 | name = "esp"
          |        ^^^^^

    host.toml:32:10: "main.esp" is a partition of type swap, which holds no file system
       32 | device = "main.esp"
          |          ^^^^^^^^^^
          = expected one of type "linux" or "esp"

    host.toml:36:10: "main.esp" is used by filesystem."/boot" already
       36 | device = "main.esp"
          |          ^^^^^^^^^^
    "
  `);
});

test("tables that are missing", () => {
  expect(complaint("version = 1\n")).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 4 problems

    host.toml: the table [system] is missing

    host.toml: the table [cache] is missing

    host.toml: the table [disk.NAME] is missing

    host.toml: the table [filesystem."/"] is missing
    "
  `);
});

test("keys that are missing point at the header of their table", () => {
  expect(
    complaint(manifestWith(['device = "/dev/vda"\n', ""], ['name = "root"', ""])),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:10:2: the key "device" is missing in disk.main
       10 | [disk.main]
          |  ^^^^^^^^^

    host.toml:23:3: the key "name" is missing in disk.main.partition[2]
       23 | [[disk.main.partition]]
          |   ^^^^^^^^^^^^^^^^^^^
    "
  `);
});

test("a version of the future", () => {
  expect(complaint(manifestWith(["version = 1", "version = 2"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:1:11: this installer does not know the manifest's version 2
        1 | version = 2
          |           ^
          = expected 1
    "
  `);
});

test("a derivation as toplevel", () => {
  expect(complaint(manifestWith(["host-25.11", "host-25.11.drv"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:4:12: "toplevel" is a derivation, not what is built from it
        4 | toplevel = "/nix/store/k8nkf470zpg5lpr46h8vbc0gc2b8jdfx-nixos-system-host-25.11.drv"
          |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = expected the path that nix build prints with --print-out-paths
    "
  `);
});

test("no key to check signatures with", () => {
  expect(
    complaint(manifestWith([/trusted.*/.exec(manifestWith())?.[0] ?? "", ""])),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:6:2: signatures are required, but "trusted-public-keys" names no key to check them with
        6 | [cache]
          |  ^^^^^
          = expected the cache's public key, or require-sigs = false to trust the cache blindly
    "
  `);
});

test("a public key whose base 64 has bits to spare", () => {
  expect(complaint(manifestWith(["AAA=", "AAB="]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:8:24: not a public key: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=" is not base 64
        8 | trusted-public-keys = ["cache.example.org-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB="]
          |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "
  `);
});

test("a tarball from a server without its hash", () => {
  const text = `${manifestWith()}\n[portable-store]\ntarball = "https://example.org/nix.tar.xz"\n`;
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:39:11: a tarball that is downloaded needs "sha256"
       39 | tarball = "https://example.org/nix.tar.xz"
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = expected sha256 = the first word that sha256sum prints for it
    "
  `);
});

test("text without quotes", () => {
  expect(complaint(manifestWith(['"/dev/vda"', "/dev/vda"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:11:10: unexpected character
       11 | device = /dev/vda
          |          ^^^^^^^^
          = expected a text in double quotes
    "
  `);
});

test("a key without a value", () => {
  expect(complaint(manifestWith(["wipe = true", "wipe ="]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:12:7: expected a value after =
       12 | wipe =
          |       ^
    "
  `);
});

test("a string that is not closed", () => {
  expect(complaint(manifestWith(['"/dev/vda"', '"/dev/vda']))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:11:19: the string is not closed
       11 | device = "/dev/vda
          |                   ^
    "
  `);
});

test("a key that is given twice", () => {
  expect(
    complaint(manifestWith(["wipe = true", "wipe = true\nwipe = false"])),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:13:1: this key or table was defined before
       13 | wipe = false
          | ^^^^
    "
  `);
});

test("a table that is given twice", () => {
  expect(complaint(manifestWith(["[swap.swap]", "[cache]"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:35:2: this key or table was defined before
       35 | [cache]
          |  ^^^^^
    "
  `);
});

test("an inline table over several lines", () => {
  expect(complaint('finish = {\n  action = "reboot"\n}\n')).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:2:3: an inline table must be on one line
        2 |   action = "reboot"
          |   ^^^^^^
    "
  `);
});

test("terminal escapes, tabs, wide and long text in a line", () => {
  const long = "x".repeat(200);
  const text = manifestWith([
    "wipe = true",
    `\twipe = { "日本\u202e" = "${long}" } # \u{7f}`.replace("\u{7f}", long),
  ]);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:12:9: "wipe" cannot be a table
       12 |     wipe = { "日本\\u{202e}" = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
          |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = expected true or false
    "
  `);
});
