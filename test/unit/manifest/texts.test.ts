import { describe, expect, test } from "bun:test";
import { formatKeyPath, parseKeyPath } from "../../../src/manifest/key-path.ts";
import { closest, editDistance } from "../../../src/manifest/suggest.ts";
import { formatSize, parseSize } from "../../../src/values/size.ts";

describe("sizes", () => {
  test.each([
    ["1B", 1],
    ["512MiB", 536_870_912],
    ["512 MiB", 536_870_912],
    ["1GB", 1_000_000_000],
    ["8TiB", 8 * 2 ** 40],
  ])("%s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    "",
    "512",
    "MiB",
    "0MiB",
    "-1MiB",
    "1.5GiB",
    "1 gig",
    "1gib",
    "1K",
    "99999999TiB",
    "1  MiB",
    "1MiB ",
  ])("%j is none", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [2 ** 30, "1 GiB"],
    [226.4 * 2 ** 20, "226 MiB"],
    [2 ** 53, "8192 TiB"],
  ])("%d is shown as %s", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe("key paths", () => {
  test.each([
    [["disk", "main", "partition", 1, "size"], "disk.main.partition[1].size"],
    [["filesystem", "/boot", "type"], 'filesystem."/boot".type'],
    [["a b", 'quote"', ""], '"a b"."quote\\""."'.concat('"')],
    [[], ""],
  ])("%j", (path, text) => {
    expect(formatKeyPath(path)).toBe(text);
    expect(parseKeyPath(text)).toEqual(path);
  });

  test.each(["/dev/vda", 'a."b', "a b", "a[x]"])("%j is none", (text) => {
    expect(parseKeyPath(text)).toBeUndefined();
  });
});

describe("suggestions", () => {
  test.each([
    ["toplvel", "toplevel"],
    ["Device", "device"],
    ["trusted_public_keys", "trusted-public-keys"],
    ["plna", "plan"],
    ["main.rot", "main.root"],
  ])("%s is meant to be %s", (text, meant) => {
    expect(
      closest(text, ["wipe", "device", "plan", "trusted-public-keys", "main.root", "toplevel"]),
    ).toBe(meant);
  });

  test.each(["keymap", "x", ""])("%j is like none", (text) => {
    expect(closest(text, ["wipe", "device", "partition"])).toBeUndefined();
  });

  test.each([
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["ab", "ba", 1],
    ["same", "same", 0],
  ])("%j and %j are %d apart", (one, other, distance) => {
    expect(editDistance(one, other)).toBe(distance);
    expect(editDistance(other, one)).toBe(distance);
  });
});
