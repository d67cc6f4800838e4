import { expect, test } from "bun:test";
import { complaint, manifestOf } from "./manifest.ts";

/** Broken manifests that do not say which disk they mean and the whole text that their author reads. */

const mounts = `[filesystem."/"]
device = "main.root"
type = "ext4"
`;

function withChoice(choice: string, more = ""): string {
  return manifestOf(`[disk.main]
${choice}
[[disk.main.partition]]
name = "root"
${mounts}${more}`);
}

test("neither a device nor a match, or both", () => {
  expect(complaint(withChoice(""))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:10:2: disk.main is not valid
       10 | [disk.main]
          |  ^^^^^^^^^
          = expected either \`device\` or \`match\`
    "
  `);
  const both = withChoice('device = "/dev/vda"\nmatch = { serial = "S*" }');
  expect(complaint(both)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:10:2: disk.main is not valid
       10 | [disk.main]
          |  ^^^^^^^^^
          = expected either \`device\` or \`match\`
    "
  `);
});

test("matches with mistakes", () => {
  const text = withChoice(
    'match = [{ seriel = "S*", min-size = "2TB", max-size = "1TB" }, { rotational = "no", model = 5 }]',
  );
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 4 problems

    host.toml:11:12: unknown key "seriel" in disk.main.match[0]
       11 | match = [{ seriel = "S*", min-size = "2TB", max-size = "1TB" }, { rotational = "no", model = 5 }]
          |            ^^^^^^ did you mean serial?

    host.toml:11:56: no disk has at least 2TB and at most 1TB
       11 | …= [{ seriel = "S*", min-size = "2TB", max-size = "1TB" }, { rotational = "no", model = 5 }]
          |                                                   ^^^^^

    host.toml:11:80: "rotational" cannot be a text
       11 | …size = "2TB", max-size = "1TB" }, { rotational = "no", model = 5 }]
          |                                                   ^^^^ did you mean false?
          = expected true or false

    host.toml:11:94: "model" cannot be a number
       11 | …max-size = "1TB" }, { rotational = "no", model = 5 }]
          |                                                   ^ did you mean "5"?
          = expected a text in double quotes
    "
  `);
});

test("a match that is a text", () => {
  expect(complaint(withChoice('match = "S*"'))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:11:9: "match" cannot be a text
       11 | match = "S*"
          |         ^^^^
          = expected a table or an array
    "
  `);
});

test("two disks matched by the same", () => {
  const other = `[disk.other]
match = { model = "Samsung*" }
[[disk.other.partition]]
name = "data"
`;
  expect(complaint(withChoice('match = { model = "Samsung*" }', other))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:18:9: disk.main is matched by the same (line 11)
       18 | match = { model = "Samsung*" }
          |         ^^^^^^^^^^^^^^^^^^^^^^
          = expected something that only this disk has, such as its serial number
    "
  `);
});

test("partitions on a disk without a table", () => {
  expect(complaint(withChoice('device = "/dev/vda"\ntable = "none"'))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 2 problems

    host.toml:13:3: the value of "partition" is not valid
       13 | [[disk.main.partition]]
          |   ^^^^^^^^^^^^^^^^^^^
          = expected no partitions with table = "none": the disk itself is the device

    host.toml:16:10: disk.main has no parts
       16 | device = "main.root"
          |          ^^^^^^^^^^^ did you mean "main"?
    "
  `);
});

test("a disk without partitions", () => {
  const text = manifestOf(`[disk.main]\ndevice = "/dev/vda"\n${mounts}`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:10:2: the key "partition" is missing in disk.main
       10 | [disk.main]
          |  ^^^^^^^^^
          = expected at least one partition, or table = "none" to use the disk itself as a device
    "
  `);
});

test("a match that any disk would fit", () => {
  for (const choice of ["match = {}", 'match = [{ serial = "S*" }, {}]']) {
    expect(complaint(withChoice(choice))).toContain("expected at least one of serial, wwn, model,");
  }
  expect(complaint(withChoice("match = []"))).toContain("expected at least one alternative");
});

test("everything that is wrong with a disk, whatever is wrong with its partitions", () => {
  const text = manifestOf(`[disk.main]
wipe = true
table = "keep"
[[disk.main.partition]]
name = "old"
size = 5
number = 3
[[disk.main.partition]]
name = "root"
label = "root"
attributes = ["boot", "no-auto"]
[disk.other]
devise = "/dev/vdb"
table = "msdos"
partition = [{ name = 3 }, { name = "b", label = "b" }]
${mounts}`);
  expect(complaint(text)).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 9 problems

    host.toml:10:2: disk.main is not valid
       10 | [disk.main]
          |  ^^^^^^^^^
          = expected either \`device\` or \`match\`

    host.toml:11:8: the value of "wipe" is not valid
       11 | wipe = true
          |        ^^^^
          = expected false with table = "keep": nothing is erased

    host.toml:15:8: "size" cannot be a number
       15 | size = 5
          |        ^
          = expected a size such as "512MiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB"

    host.toml:16:10: the value of "number" is not valid
       16 | number = 3
          |          ^
          = expected none without keep = true: new partitions are numbered in order

    host.toml:20:23: "attributes" cannot be "no-auto"
       20 | attributes = ["boot", "no-auto"]
          |                       ^^^^^^^^^
          = expected "required" or "no-block-io-protocol" or "legacy-boot" or "grow-file-system" or "read-only" or "hidden" or "no-automount" or "boot"

    host.toml:22:1: unknown key "devise" in disk.other
       22 | devise = "/dev/vdb"
          | ^^^^^^ did you mean device?

    host.toml:24:23: "name" cannot be a number
       24 | partition = [{ name = 3 }, { name = "b", label = "b" }]
          |                       ^ did you mean "3"?
          = expected a text in double quotes

    host.toml:24:28: partition "b" takes the rest of disk.other, as partition[0] does already (line 24)
       24 | partition = [{ name = 3 }, { name = "b", label = "b" }]
          |                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = expected a size: only one partition can take the rest

    host.toml:24:50: the value of "label" is not valid
       24 | partition = [{ name = 3 }, { name = "b", label = "b" }]
          |                                                  ^^^
          = expected none: msdos tables have no names for partitions
    "
  `);
});
