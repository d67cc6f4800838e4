import { describe, expect, test } from "bun:test";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { manifestWith } from "./manifest.ts";

const { positions } = parseManifest({
  file: "host.toml",
  text: manifestWith(
    ["[disk.main]", '  [ disk . "main" ]'],
    ['[swap.swap]\ndevice = "main.swap"', 'swap.swap = { device = "main.swap", label = "é😀x" }'],
    ["version = 1\n", ""],
    ["[system]", "version = 1\n[system]"],
  ).replace(/^([\s\S]*?)(\nswap\.swap.*)\n$/, "$2\n$1\n"),
});

/** The marked text with its line and column. */
function marked(path: string): string | undefined {
  const position = positions.of(path);
  if (position === undefined) return undefined;
  const { line, column, text, length } = position;
  return `${line}:${column} ${text.slice(column - 1, column - 1 + length)}`;
}

describe("an object of the manifest is found", () => {
  test.each([
    ["version", "4:11 1"],
    [
      "system.toplevel",
      '6:12 "/nix/store/k8nkf470zpg5lpr46h8vbc0gc2b8jdfx-nixos-system-host-25.11"',
    ],
    ["cache.substituters[0]", '9:17 "https://cache.example.org"'],
    ["disk.main", '12:5 disk . "main"'],
    ["disk.main.device", '13:10 "/dev/vda"'],
    ["disk.main.partition[1]", "21:3 disk.main.partition"],
    ["disk.main.partition[1].name", '22:8 "swap"'],
    ['filesystem."/boot".type', '35:8 "vfat"'],
    ["swap.swap.device", '2:24 "main.swap"'],
    ["swap.swap.label", '2:45 "é😀x"'],
  ])("by its path: %s", (path, expected) => {
    expect(marked(path)).toBe(expected);
  });

  test.each([
    ["cache.connections", "8:2 cache"],
    ["disk.main.partition[2].size", "26:3 disk.main.partition"],
  ])("or the table around it, when it is left to its default: %s", (path, expected) => {
    expect(marked(path)).toBe(expected);
  });

  test.each(["boot.efi-variables", "/dev/vda", "", "a..b"])("or not at all: %j", (path) => {
    expect(marked(path)).toBeUndefined();
  });
});
