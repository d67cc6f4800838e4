import { expect, test } from "bun:test";
import { complaint, manifestWith } from "./manifest.ts";

/** Broken manifests whose text is not what it should be and the whole text that their author reads. */

test("text without quotes", () => {
  expect(complaint(manifestWith(['"/dev/vda"', "/dev/vda"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:11:10: a text must be in quotes
       11 | device = /dev/vda
          |          ^^^^^^^^ did you mean "/dev/vda"?
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

    host.toml:13:1: the key "wipe" is there already in disk.main (line 12)
       13 | wipe = false
          | ^^^^
    "
  `);
});

test("a table that is given twice", () => {
  expect(complaint(manifestWith(["[swap.swap]", "[cache]"]))).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:35:2: [cache] is there already (line 6)
       35 | [cache]
          |  ^^^^^
          = expected each table once, with all of its keys
    "
  `);
});

test("an inline table over several lines", () => {
  expect(complaint('finish = {\n  action = "reboot"\n}\n')).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:2:3: a table in braces must be on one line
        2 |   action = "reboot"
          |   ^^^^^^
          = expected it on one line, or a table with a [header]
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
