import { expect, test } from "bun:test";
import { complaint, manifestWith } from "./manifest.ts";

/** Broken manifests with wrong keys and values and the whole text that their author reads. */

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
          = expected one of device, match, wipe, table, partition
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
          = expected one of version, allow, system, cache, store, portable-store, disk, luks, raid, lvm, btrfs, bcachefs, zpool, filesystem, swap, boot, finish

    host.toml:3:1: unknown key "keymap"
        3 | keymap = 2
          | ^^^^^^
          = expected one of version, allow, system, cache, store, portable-store, disk, luks, raid, lvm, btrfs, bcachefs, zpool, filesystem, swap, boot, finish

    host.toml:36:1: unknown key "compression" in filesystem."/boot"
       36 | compression = 1
          | ^^^^^^^^^^^
          = expected one of type, options, mkfs-options, format, device, label

    host.toml:37:1: unknown key "mount-options" in filesystem."/boot"
       37 | mount-options = 2
          | ^^^^^^^^^^^^^ did you mean options?
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
          = expected a size such as "512MiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB"
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
          = expected a size such as "512MiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB"
    "
  `);
});

test("a partition type in capitals", () => {
  expect(complaint(manifestWith(['type = "esp"', 'type = "ESP"']))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:17:8: the value of "type" is not valid
       17 | type = "ESP"
          |        ^^^^^ did you mean "esp"?
          = expected a name such as "esp", "bios-boot", "linux", "swap", "luks", "linux-lvm", "linux-raid", "xbootldr", "home", "srv" or "microsoft-basic-data", a GUID, or for an msdos table a number such as "0x83"
    "
  `);
});

test("a file system that is not supported", () => {
  expect(complaint(manifestWith(['type = "ext4"', 'type = "reiserfs"']))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:29:8: "type" cannot be "reiserfs"
       29 | type = "reiserfs"
          |        ^^^^^^^^^^
          = expected "ext4" or "vfat" or "xfs" or "btrfs" or "f2fs" or "bcachefs" or "zfs" or "tmpfs" or "bind"
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

    host.toml:10:2: disk.main is not valid
       10 | [disk.main]
          |  ^^^^^^^^^
          = expected either \`device\` or \`match\`

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

test("an address with a password, which is not shown", () => {
  const text = `${manifestWith()}\n[portable-store]\ntarball = "https://me:secret@example.org/nix.tar.xz"\nsha256 = "${"0".repeat(64)}"\n`;
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:39:11: the value of "tarball" is not valid
       39 | tarball = "https://me:******@example.org/nix.tar.xz"
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = expected an address without user name and password: they would be shown and logged
    "
  `);
});
