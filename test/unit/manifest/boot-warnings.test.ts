import { describe, expect, test } from "bun:test";
import { findingText } from "../../../src/findings/refusal-error.ts";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { manifestOf } from "./manifest.ts";

/** A manifest whose root, and with it /boot, lies on a device. */
function warningsWith(root: string, more: string): readonly string[] {
  const text = manifestOf(`[disk.main]
device = "/dev/vda"
[[disk.main.partition]]
name = "esp"
size = "1GiB"
type = "esp"
[[disk.main.partition]]
name = "boot"
size = "1GiB"
[[disk.main.partition]]
name = "root"
[filesystem."/"]
device = "${root}"
type = "ext4"
${more}`);
  return parseManifest({ file: "host.toml", text }).warnings.map(findingText);
}

const luks = `[luks.crypt]
device = "main.root"
passphrase = { prompt = "passphrase" }
`;

function withEsp(mountPoint: string): string {
  return `[filesystem."${mountPoint}"]\ndevice = "main.esp"\ntype = "vfat"\n`;
}

describe("a warning that GRUB cannot read /boot", () => {
  test("on LUKS with a key derivation that GRUB does not know", () => {
    expect(warningsWith("crypt", luks)).toEqual([
      'filesystem."/": /boot lies on luks.crypt, which GRUB can open only with pbkdf = "pbkdf2": put it on a partition of its own',
    ]);
    expect(warningsWith("crypt", `${luks}${withEsp("/boot/efi")}`)).toHaveLength(1);
    expect(warningsWith("crypt", `${luks}pbkdf = "pbkdf2"\n`)).toEqual([]);
  });

  test("on a thin volume", () => {
    const lvm = `[lvm.vg]
devices = ["main.root"]
[[lvm.vg.volume]]
name = "pool"
type = "thin-pool"
[[lvm.vg.volume]]
name = "root"
type = "thin"
pool = "pool"
size = "1GiB"
`;
    expect(warningsWith("vg.root", lvm)).toEqual([
      'filesystem."/": /boot lies on lvm.vg, of which GRUB cannot read thin volumes: put it on a partition of its own',
    ]);
  });
});

describe("no warning", () => {
  test.each([
    ["where /boot is the EFI system partition", withEsp("/boot")],
    ["where the EFI system partition is mounted elsewhere", withEsp("/efi")],
    [
      "where /boot is a partition of its own",
      '[filesystem."/boot"]\ndevice = "main.boot"\ntype = "ext4"\n',
    ],
  ])("%s", (_where, mounts) => {
    expect(warningsWith("crypt", `${luks}${mounts}`)).toEqual([]);
  });
});
