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
