import { expect, test } from "bun:test";
import { complaint, disk, manifestOf, root } from "./manifest.ts";

/** Broken manifests whose mounts cannot be and the whole text that their author reads. */

function withMounts(mounts: string): string {
  return manifestOf(`${disk}${root}${mounts}`);
}

test("a system that is gone after the next boot", () => {
  const text = manifestOf(`${disk}
[filesystem."/"]
type = "tmpfs"
[filesystem."/home"]
device = "main.root"
type = "ext4"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:19:8: /nix/store would lie on tmpfs: the system itself would be gone after the next boot
       19 | type = "tmpfs"
          |        ^^^^^^^
          = expected a file system on a disk for /nix
    "
  `);
});

test("kernels that are gone after the next boot", () => {
  const text = manifestOf(`${disk}
[filesystem."/"]
type = "tmpfs"
[filesystem."/nix"]
device = "main.root"
type = "ext4"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:19:8: /boot would lie on tmpfs: what the boot loader reads would be gone after the next boot
       19 | type = "tmpfs"
          |        ^^^^^^^
          = expected a file system on a disk for /boot
    "
  `);
});

test("a boot loader for BIOS and for UEFI, of which only UEFI would find its kernels", () => {
  const text = manifestOf(`[disk.main]
device = "/dev/vda"
partition = [
  { name = "bios", size = "1MiB", type = "bios-boot" },
  { name = "esp", size = "1GiB", type = "esp" },
  { name = "nix" },
]
[filesystem."/"]
type = "tmpfs"
[filesystem."/nix"]
device = "main.nix"
type = "ext4"
[filesystem."/efi"]
device = "main.esp"
type = "vfat"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:18:8: /boot would lie on tmpfs: what the boot loader reads would be gone after the next boot
       18 | type = "tmpfs"
          |        ^^^^^^^
          = expected a file system on a disk for /boot
    "
  `);
  const uefiOnly = text.replace('type = "bios-boot"', 'type = "linux"');
  expect(() => complaint(uefiOnly)).toThrow("the manifest was accepted");
});

test("bind mounts of what is in memory", () => {
  const text = manifestOf(`${disk}
[filesystem."/"]
type = "tmpfs"
[filesystem."/persist"]
device = "main.root"
type = "ext4"
[filesystem."/nix"]
type = "bind"
device = "/hidden/nix"
[filesystem."/boot"]
type = "bind"
device = "/persist/boot"
[swap.file]
file = "/nix/swap"
size = "1GiB"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:19:8: /nix/store would lie on tmpfs: the system itself would be gone after the next boot
       19 | type = "tmpfs"
          |        ^^^^^^^
          = expected a file system on a disk for /nix

    host.toml:30:8: /nix/swap would lie on filesystem."/", and Linux cannot swap to a file on tmpfs (line 18)
       30 | file = "/nix/swap"
          |        ^^^^^^^^^^^
          = expected a path on ext4 or xfs or btrfs or f2fs
    "
  `);
});

test("a root that may be missing", () => {
  const text = manifestOf(`${disk}${root}options = ["noatime", "nofail"]\n`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:20:23: the system cannot do without /, but filesystem."/" may be left out
       20 | options = ["noatime", "nofail"]
          |                       ^^^^^^^^
    "
  `);
});

test("a mount in one that may be missing", () => {
  const text = withMounts(`
[filesystem."/data/cache"]
type = "tmpfs"
[filesystem."/data"]
device = "main.data"
type = "ext4"
options = ["nofail"]
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:21:2: /data/cache is mounted in filesystem."/data", which may be missing (line 23)
       21 | [filesystem."/data/cache"]
          |  ^^^^^^^^^^^^^^^^^^^^^^^^
          = expected "nofail" for both or for neither
    "
  `);
});

test("bind mounts that wait for each other, or for themselves", () => {
  const text = withMounts(`
[filesystem."/a"]
type = "bind"
device = "/b/c"
[filesystem."/b"]
type = "bind"
device = "/a/d"
[filesystem."/srv"]
type = "bind"
device = "/srv/data"
[filesystem."/logs"]
type = "bind"
device = "/run/logs"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 3 problems

    host.toml:23:10: each of these is mounted from or in the next: filesystem."/a" → filesystem."/b" → filesystem."/a"
       23 | device = "/b/c"
          |          ^^^^^^

    host.toml:29:10: /srv/data lies in filesystem."/srv" itself
       29 | device = "/srv/data"
          |          ^^^^^^^^^^^

    host.toml:32:10: /run/logs is made anew at every boot
       32 | device = "/run/logs"
          |          ^^^^^^^^^^^
          = expected a path on a file system of this manifest
    "
  `);
});

test("a bind mount of a device, and a file system on a path", () => {
  const text = withMounts(`
[filesystem."/a"]
type = "bind"
device = "main.data"
[filesystem."/b"]
type = "ext4"
device = "/dev/vda2"
[filesystem."/c"]
type = "tmpfs"
device = "main.data"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 3 problems

    host.toml:23:10: the value of "device" is not valid
       23 | device = "main.data"
          |          ^^^^^^^^^^^
          = expected an absolute path without empty, . or .. parts

    host.toml:26:10: the value of "device" is not valid
       26 | device = "/dev/vda2"
          |          ^^^^^^^^^^^
          = expected a device of this manifest, such as "main.root" for the partition root of disk.main

    host.toml:29:1: filesystem."/c" of type tmpfs cannot have "device"
       29 | device = "main.data"
          | ^^^^^^
    "
  `);
});

test("a subvolume and a dataset where there is none", () => {
  const text = withMounts(`
[filesystem."/a"]
type = "ext4"
device = "main.data"
subvolume = "@"
dataset = "a"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:24:1: filesystem."/a" of type ext4 cannot have "subvolume"
       24 | subvolume = "@"
          | ^^^^^^^^^
          = expected it only with type = "btrfs"

    host.toml:25:1: filesystem."/a" of type ext4 cannot have "dataset"
       25 | dataset = "a"
          | ^^^^^^^
          = expected it only with type = "zfs"
    "
  `);
});

test("a system on a file system without links, owners and modes", () => {
  const text = manifestOf(`${disk}
[filesystem."/"]
device = "main.root"
type = "ext4"
[filesystem."/nix"]
device = "main.data"
type = "vfat"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:23:8: the system cannot be on vfat, which knows no links, owners and modes
       23 | type = "vfat"
          |        ^^^^^^
          = expected another type, such as "ext4"
    "
  `);
});

test("swap files at paths that are something else", () => {
  const text = withMounts(`
[filesystem."/data"]
device = "main.data"
type = "ext4"
[swap.one]
file = "/swap"
size = "1GiB"
[swap.two]
file = "/swap"
size = "2GiB"
[swap.three]
file = "/data"
size = "1GiB"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:28:8: /swap is the file of swap.one (line 24)
       28 | file = "/swap"
          |        ^^^^^^^
          = expected a path that nothing else has

    host.toml:31:8: /data is the mount point of filesystem."/data" (line 21)
       31 | file = "/data"
          |        ^^^^^^^
          = expected a path that nothing else has
    "
  `);
});

test("a store that no program can be run from", () => {
  const text = manifestOf(`${disk}${root}options = ["noatime", "noexec"]
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:20:23: no program could be run from /nix/store, which lies on filesystem."/"
       20 | options = ["noatime", "noexec"]
          |                       ^^^^^^^^
          = expected /nix on a file system without this option
    "
  `);
});
