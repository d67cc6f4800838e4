import { expect, test } from "bun:test";
import { type LoaderEntry, parseLoaderEntry } from "../../../../src/system/boot/loader-entry.ts";
import { defaultLoaderEntry, parseLoaderDefault } from "../../../../src/system/boot/loader-menu.ts";
import { compareVersions } from "../../../../src/system/boot/version-order.ts";

const text = `title NixOS
sort-key nixos
version Generation 12 NixOS 25.11 (Linux 6.12.10), built on 2026-01-02
linux /EFI/nixos/44444444444444444444444444444444-linux-6.12.10-bzImage.efi
initrd /EFI/nixos/22222222222222222222222222222222-initrd-linux-6.12.10-initrd.efi
# a comment
options init=/nix/store/11111111111111111111111111111111-nixos-system/init loglevel=4
options quiet
machine-id 0123456789abcdef0123456789abcdef
`;

test("an entry as systemd-boot-builder writes it is read", () => {
  expect(parseLoaderEntry("nixos-generation-12.conf", text)).toEqual({
    id: "nixos-generation-12.conf",
    triesLeft: undefined,
    title: "NixOS",
    sortKey: "nixos",
    machineId: "0123456789abcdef0123456789abcdef",
    version: "Generation 12 NixOS 25.11 (Linux 6.12.10), built on 2026-01-02",
    linux: "/EFI/nixos/44444444444444444444444444444444-linux-6.12.10-bzImage.efi",
    initrds: ["/EFI/nixos/22222222222222222222222222222222-initrd-linux-6.12.10-initrd.efi"],
    options: "init=/nix/store/11111111111111111111111111111111-nixos-system/init loglevel=4 quiet",
  });
});

test("a boot counter is no part of an entry's name", () => {
  expect(parseLoaderEntry("nixos-abc+3.conf", "")).toMatchObject({
    id: "nixos-abc.conf",
    triesLeft: 3,
  });
  expect(parseLoaderEntry("nixos-abc+0-3.conf", "")).toMatchObject({
    id: "nixos-abc.conf",
    triesLeft: 0,
  });
});

function generation(number: number, name = `nixos-generation-${number}.conf`): LoaderEntry {
  return parseLoaderEntry(name, `sort-key nixos\nversion Generation ${number} NixOS\n`);
}

test("loader.conf names the default entry by a pattern", () => {
  const configuration = "timeout 5\n#default x\ndefault nixos-generation-2.conf\neditor 0\n";
  expect(parseLoaderDefault(configuration)).toBe("nixos-generation-2.conf");
  expect(parseLoaderDefault("timeout 5\n")).toBeUndefined();

  const entries = [1, 2, 3, 10].map((number) => generation(number));
  const chosen = (pattern: string | undefined) => defaultLoaderEntry(entries, pattern)?.id;
  expect(chosen("nixos-generation-2.conf")).toBe("nixos-generation-2.conf");
  expect(chosen("NIXOS-generation-[0-2].CONF")).toBe("nixos-generation-2.conf");
  expect(chosen("nixos-generation-?.conf")).toBe("nixos-generation-3.conf");
  expect(chosen("nixos-*")).toBe("nixos-generation-10.conf");
  expect(chosen("nixosXgeneration.2.conf")).toBe("nixos-generation-10.conf");
});

test("without a default, the newest entry that is not known to be bad is started", () => {
  const bad = generation(11, "nixos-generation-11+0-3.conf");
  const entries = [generation(9), bad, generation(10)];
  expect(defaultLoaderEntry(entries, undefined)?.id).toBe("nixos-generation-10.conf");
  expect(defaultLoaderEntry(entries, "@saved")?.id).toBe("nixos-generation-10.conf");
  expect(defaultLoaderEntry([], undefined)).toBeUndefined();
});

test("entries with a sort key come before those without", () => {
  const windows = parseLoaderEntry("zz-other.conf", "title Other\n");
  expect(defaultLoaderEntry([windows, generation(1)], undefined)?.id).toBe(
    "nixos-generation-1.conf",
  );
});

// From the examples of the UAPI Version Format Specification.
test.each([
  ["11", "11", 0],
  ["systemd-123", "systemd-123", 0],
  ["bar-123", "foo-123", -1],
  ["123a", "123", 1],
  ["123.a", "123", 1],
  ["123.a", "123.b", -1],
  ["123a", "123.a", 1],
  ["11α", "11β", 0],
  ["A", "a", -1],
  ["", "0", -1],
  ["0.", "0", 1],
  ["0.0", "0", 1],
  ["0", "~", 1],
  ["", "~", 1],
  ["1_", "1", 0],
  ["_1", "1", 0],
  ["1_", "1.2", -1],
  ["1_2_3", "1.3.3", 1],
  ["1+", "1", 0],
  ["122.1", "123~rc1-1", -1],
  ["123~rc1", "123", -1],
  ["123", "123-a", -1],
  ["123-a", "123-a.1", -1],
  ["123-a1", "123^post1", -1],
  ["123^post1", "123.a-1", -1],
  ["123.1-1", "123a-1", -1],
  ["123a-1", "124-1", -1],
  ["9", "10", -1],
])("version %p against %p: %p", (a, b, expected) => {
  expect(Math.sign(compareVersions(a, b))).toBe(expected);
  expect(Math.sign(compareVersions(b, a))).toBe(expected === 0 ? 0 : -expected);
});
