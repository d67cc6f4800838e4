import { describe, expect, test } from "bun:test";
import { InstallerError } from "../../../src/errors.ts";
import { refuseSharedStandardInput } from "../../../src/manifest/check.ts";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { complaint, manifestWith, soundManifest } from "./manifest.ts";

function parse(text: string) {
  return parseManifest({ file: "host.toml", text });
}

test("a sound manifest is read with its defaults filled in", () => {
  const { manifest } = parse(soundManifest);
  expect(manifest.cache["require-sigs"]).toBe(true);
  expect(manifest.cache.connections).toBe(32);
  expect(manifest.disk.main?.partition.map(({ type }) => type)).toEqual(["esp", "swap", undefined]);
  expect(manifest.filesystem["/"]).toEqual({ device: "main.root", type: "ext4", options: [] });
  expect(manifest.boot).toEqual({ "efi-variables": true });
  expect(manifest.finish).toEqual({ action: "none" });
  expect(manifest["portable-store"]).toBeUndefined();
});

describe("is accepted", () => {
  test.each([
    [
      "no signatures, when that is written out",
      manifestWith([/trusted.*/.exec(soundManifest)?.[0] ?? "", "require-sigs = false"]),
    ],
    ["a cache over plain http", manifestWith(["https://cache", "http://cache"])],
    [
      "a tarball in a file without a hash",
      `${soundManifest}\n[portable-store]\ntarball = "nix.tar.xz"\n`,
    ],
    [
      "the ESP unmounted",
      manifestWith(['[filesystem."/boot"]\ndevice = "main.esp"\ntype = "vfat"\n', ""]),
    ],
    [
      "partitions of one name on two disks",
      `${soundManifest}\n[disk.other]\ndevice = "/dev/vdb"\n[[disk.other.partition]]\nname = "root"\n`,
    ],
  ])("%s", (_what, text) => {
    expect(() => parse(text)).not.toThrow();
  });
});

describe("is refused", () => {
  test.each([
    [
      "one device for two disks",
      `${soundManifest}\n[disk.other]\ndevice = "/dev/vda"\n[[disk.other.partition]]\nname = "root"\n`,
      "host.toml:39:10: /dev/vda is the device of disk.main already",
    ],
    [
      "one label for a file system and swap",
      manifestWith(
        ['type = "ext4"', 'type = "ext4"\nlabel = "nixos"'],
        ['device = "main.swap"', 'device = "main.swap"\nlabel = "nixos"'],
      ),
      'host.toml:38:9: filesystem."/" has the label "nixos" already',
    ],
    [
      "a file system on the BIOS boot partition",
      manifestWith(['type = "esp"', 'type = "bios-boot"']),
      'host.toml:32:10: "main.esp" is a partition of type bios-boot, which GRUB fills by itself',
    ],
    [
      "a file system on swap",
      manifestWith(
        ['device = "main.esp"', 'device = "main.swap"'],
        ['[swap.swap]\ndevice = "main.swap"', ""],
      ),
      'host.toml:32:10: "main.swap" is a partition of type swap, which holds nothing but swap',
    ],
    [
      "a mount point below /run",
      manifestWith(['"/boot"', '"/run/boot"']),
      "host.toml:31:2: /run/boot is no place",
    ],
    [
      "a mount point that is not normal",
      manifestWith(['"/boot"', '"/boot/"']),
      'host.toml:31:2: "/boot/" cannot be a name here',
    ],
    [
      "a mount point that is relative",
      manifestWith(['"/boot"', '"boot"']),
      'host.toml:31:2: "boot" cannot be a name here',
    ],
    [
      "a number where a table belongs",
      manifestWith(["[swap.swap]\ndevice = ", "[swap]\nswap = "]),
      '"swap" cannot be a text',
    ],
    [
      "a device outside /dev",
      manifestWith(["/dev/vda", "/dev/../vda"]),
      'the value of "device" is not valid',
    ],
    [
      "no caches",
      manifestWith(['["https://cache.example.org"]', "[]"]),
      "expected at least one URL",
    ],
    [
      "too many connections",
      manifestWith(["[cache]", "[cache]\nconnections = 257"]),
      "expected a whole number from 1 to 256",
    ],
    ["a date", manifestWith(['"/dev/vda"', "2026-11-22"]), '"device" cannot be a date or time'],
  ])("%s", (_what, text, expected) => {
    expect(complaint(text)).toContain(expected);
  });

  test("no reference, as long as a partition's name is missing and it may be right", () => {
    expect(complaint(manifestWith(['name = "root"', "size = 1"]))).not.toContain(
      "there is no partition",
    );
  });
});

describe("standard input", () => {
  const { manifest, positions } = parse(`${soundManifest}\n[portable-store]\ntarball = "-"\n`);

  const refuse = () => refuseSharedStandardInput("-", manifest, positions);

  test("cannot be both manifest and tarball", () => {
    expect(refuse).toThrow(InstallerError);
    expect(refuse).toThrow(
      expect.objectContaining({ exitCode: 2, position: expect.objectContaining({ line: 39 }) }),
    );
  });

  test("can be one of them", () => {
    refuseSharedStandardInput("host.toml", manifest, positions);
    refuseSharedStandardInput("-", parse(soundManifest).manifest, positions);
  });
});
