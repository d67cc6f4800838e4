import { expect, test } from "bun:test";
import { parseExtlinuxConfig } from "../../../../src/system/boot/extlinux-config.ts";

const text = `# Generated file, all changes will be lost on nixos-rebuild!

# Change this to e.g. nixos-42 to temporarily boot to an older configuration.
DEFAULT nixos-default

MENU TITLE ------------------------------------------------------------
TIMEOUT 50

LABEL nixos-default
  MENU LABEL NixOS - Default
  LINUX ../nixos/4444-linux-6.12.10-Image
  INITRD ../nixos/2222-initrd-linux-6.12.10-initrd
  APPEND init=/nix/store/11111111111111111111111111111111-nixos-system/init loglevel=4
  FDTDIR ../nixos/dtbs

LABEL nixos-1-default
  MENU LABEL NixOS - Configuration 1-default (2026-01-02 03:04 - 25.11)
  LINUX ../nixos/old
  APPEND init=/nix/store/00000000000000000000000000000000-old/init
`;

test("an extlinux.conf as NixOS writes it is read", () => {
  const { defaultEntry, entries } = parseExtlinuxConfig(text);
  expect(entries.map(({ label }) => label)).toEqual(["nixos-default", "nixos-1-default"]);
  expect(defaultEntry).toEqual({
    label: "nixos-default",
    linux: "../nixos/4444-linux-6.12.10-Image",
    initrds: ["../nixos/2222-initrd-linux-6.12.10-initrd"],
    append: "init=/nix/store/11111111111111111111111111111111-nixos-system/init loglevel=4",
  });
});

function chosen(line: string): string | undefined {
  return parseExtlinuxConfig(text.replace("DEFAULT nixos-default", line)).defaultEntry?.label;
}

test("the default is the label it names, else the first", () => {
  expect(chosen("default nixos-1-default")).toBe("nixos-1-default");
  expect(chosen("")).toBe("nixos-default");
  expect(parseExtlinuxConfig("TIMEOUT 50\n").defaultEntry).toBeUndefined();
});
