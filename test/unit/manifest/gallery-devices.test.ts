import { expect, test } from "bun:test";
import { complaint, manifestWith } from "./manifest.ts";

/** Broken manifests whose tables do not fit together and the whole text that their author reads. */

test("a reference to no partition", () => {
  expect(complaint(manifestWith(["main.root", "main.rot"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:28:10: disk.main has no partition "rot"
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
          = expected a device of this manifest, such as "main.root" for the partition root of disk.main
    "
  `);
});

test("one partition for two file systems", () => {
  expect(complaint(manifestWith(["main.esp", "main.root"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:32:10: "main.root" is used by filesystem."/" already (line 28)
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
          = expected a partition of type "swap"
    "
  `);
});

test("a partition without a size before the last", () => {
  expect(complaint(manifestWith(['size = "2GiB"\n', ""]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:23:3: partition "root" takes the rest of disk.main, as "swap" does already (line 19)
       23 | [[disk.main.partition]]
          |   ^^^^^^^^^^^^^^^^^^^
          = expected a size: only one partition can take the rest
    "
  `);
});

test("two partitions of one name", () => {
  expect(
    complaint(manifestWith(['name = "swap"', 'name = "esp"'], ["main.swap", "main.esp"])),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:20:8: disk.main has two partitions named "esp" (line 14)
       20 | name = "esp"
          |        ^^^^^

    host.toml:36:10: "main.esp" is used by filesystem."/boot" already (line 32)
       36 | device = "main.esp"
          |          ^^^^^^^^^^
    "
  `);
});
