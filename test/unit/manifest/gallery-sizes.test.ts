import { expect, test } from "bun:test";
import { complaint, manifestOf } from "./manifest.ts";

/** Broken manifests with sizes that cannot be had and the whole text that their author reads. */

/** A disk with partitions, of which the first is `root`. */
function withPartitions(...partitions: readonly string[]): string {
  const list = partitions.map(
    (keys, index) =>
      `[[disk.main.partition]]\nname = "${index === 0 ? "root" : `p${index}`}"\n${keys}`,
  );
  return manifestOf(`[disk.main]
device = "/dev/vda"
${list.join("\n")}
[filesystem."/"]
device = "main.root"
type = "ext4"
`);
}

test("several partitions that take the rest", () => {
  const text = withPartitions('size = "-1GiB"', 'size = "1GiB"', "", 'size = "-2GiB"');
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:18:3: partition "p2" takes the rest of disk.main, as "root" does already (line 12)
       18 | [[disk.main.partition]]
          |   ^^^^^^^^^^^^^^^^^^^
          = expected a size: only one partition can take the rest

    host.toml:23:8: partition "p3" takes the rest of disk.main, as "root" does already (line 12)
       23 | size = "-2GiB"
          |        ^^^^^^^
          = expected a size: only one partition can take the rest
    "
  `);
});

test("percentages of more than everything", () => {
  expect(complaint(withPartitions('size = "60%"', 'size = "50.5%"'))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:17:8: the percentages of disk.main come to 110.5%
       17 | size = "50.5%"
          |        ^^^^^^^
          = expected at most 100% together
    "
  `);
});

test("percentages that leave nothing", () => {
  const text = withPartitions('size = "60%"', 'size = "40%"', 'size = "1MiB"');
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:17:8: the percentages of disk.main come to 100% and leave nothing for its other parts
       17 | size = "40%"
          |        ^^^^^
          = expected less than 100% together; one without "size" takes the rest
    "
  `);
});

test("partitions that lie over each other", () => {
  const text = withPartitions(
    'start = "1MiB"\nsize = "2GiB"',
    'start = "4GiB"\nsize = "1GiB"',
    'start = "1GiB"\nsize = "1GiB"',
  );
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:22:9: partition "p2" starts within partition "root", which starts at 1MiB and has 2GiB (line 12)
       22 | start = "1GiB"
          |         ^^^^^^
    "
  `);
});

test("a partition that starts between two boundaries", () => {
  expect(complaint(withPartitions('start = "1MB"'))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:14:9: the value of "start" is not valid
       14 | start = "1MB"
          |         ^^^^^
          = expected a multiple of 1MiB, to which partitions are aligned
    "
  `);
});

test("a size of nothing", () => {
  expect(complaint(withPartitions('size = "0%"'))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:14:8: the value of "size" is not valid
       14 | size = "0%"
          |        ^^^^
          = expected a size such as "512MiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB"
    "
  `);
});

test("volumes that take more than their group", () => {
  const text = manifestOf(`[disk.main]
device = "/dev/vda"
[[disk.main.partition]]
name = "lvm"
[lvm.vg]
devices = ["main.lvm"]
[[lvm.vg.volume]]
name = "root"
size = "70%"
[[lvm.vg.volume]]
name = "home"
size = "70%"
[[lvm.vg.volume]]
name = "var"
[[lvm.vg.volume]]
name = "srv"
[filesystem."/"]
device = "vg.root"
type = "ext4"
`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:21:8: the percentages of lvm.vg come to 140%
       21 | size = "70%"
          |        ^^^^^
          = expected at most 100% together

    host.toml:24:3: volume "srv" takes the rest of lvm.vg, as "var" does already (line 22)
       24 | [[lvm.vg.volume]]
          |   ^^^^^^^^^^^^^
          = expected a size: only one volume can take the rest
    "
  `);
});

test("a size in words", () => {
  expect(complaint(withPartitions('size = "rest"'))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:14:8: the value of "size" is not valid
       14 | size = "rest"
          |        ^^^^^^
          = expected a size such as "512MiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB"
    "
  `);
});

test("sizes as fdisk and lsblk write them", () => {
  const text = withPartitions('size = "1M"', 'size = "20gb"', 'size = "-8g"');
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 3 problems

    host.toml:14:8: the value of "size" is not valid
       14 | size = "1M"
          |        ^^^^ did you mean "1MiB"?
          = expected a size such as "512MiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB"

    host.toml:17:8: the value of "size" is not valid
       17 | size = "20gb"
          |        ^^^^^^ did you mean "20GB"?
          = expected a size such as "512MiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB"

    host.toml:20:8: the value of "size" is not valid
       20 | size = "-8g"
          |        ^^^^^ did you mean "-8GiB"?
          = expected a size such as "512MiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB"
    "
  `);
});
