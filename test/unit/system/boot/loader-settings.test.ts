import { expect, test } from "bun:test";
import { parseGrubInstallation } from "../../../../src/system/boot/grub-installation.ts";
import { loaderMountsOf } from "../../../../src/system/boot/loader-mounts.ts";

test.each([
  // nixos-24.05 and later.
  [
    'EFI_SYS_MOUNT_POINT = Path("/efi")\nBOOT_MOUNT_POINT = Path("/boot")\n',
    { efiSysMountPoint: "/efi", xbootldrMountPoint: "/boot" },
  ],
  ['EFI_SYS_MOUNT_POINT = "/boot"\nBOOT_MOUNT_POINT = "/boot"\n', { efiSysMountPoint: "/boot" }],
  [
    'EFI_SYS_MOUNT_POINT = "/boot"\n  run([f"{SYSTEMD}/bin/bootctl", f"--esp-path={EFI_SYS_MOUNT_POINT}"])',
    { efiSysMountPoint: "/boot" },
  ],
  // Before.
  [
    'subprocess.check_call(["/nix/store/x/bin/bootctl", "--esp-path=/boot/efi"] + bootctl_flags + ["install"])',
    { efiSysMountPoint: "/boot/efi" },
  ],
  ["set -eu\nesp=/boot\ntoplevel=$1\n", { efiSysMountPoint: "/boot" }],
  ["esp=$1\n", undefined],
  ["#!/bin/sh\nexec systemd-boot\n", undefined],
])("where systemd-boot's builder expects the ESP: %p", (text, mounts) => {
  expect(loaderMountsOf(text)).toEqual(mounts);
});

/** What `builtins.toXML` makes of `grubConfig`, shortened. */
const grubXml = (attributes: string) => `<?xml version='1.0' encoding='utf-8'?>
<expr>
  <attrs>
    <attr name="backgroundColor">
      <string value="" />
    </attr>
    <attr name="bootPath">
      <string value="/boot" />
    </attr>
${attributes}
  </attrs>
</expr>
`;

const devices = (...paths: readonly string[]) =>
  `<attr name="devices">
      <list>
${paths.map((path) => `        <string value="${path}" />`).join("\n")}
      </list>
    </attr>`;

const string = (name: string, value: string) =>
  `<attr name="${name}">\n      <string value="${value}" />\n    </attr>`;

test("GRUB for a BIOS has devices and no ESP, although the configuration names one", () => {
  const text = grubXml(
    [
      devices("/dev/disk/by-id/ata-A", "/dev/disk/by-id/ata-B &amp; C"),
      string("efiSysMountPoint", "/boot"),
      string("grubTarget", "i386-pc"),
      string("grubTargetEfi", ""),
    ].join("\n"),
  );
  expect(parseGrubInstallation(text)).toEqual({
    bootPath: "/boot",
    devices: ["/dev/disk/by-id/ata-A", "/dev/disk/by-id/ata-B & C"],
    forBios: true,
    forUefi: false,
  });
});

test("GRUB for UEFI alone has nodev and an ESP", () => {
  const text = grubXml(
    [
      devices("nodev"),
      string("efiSysMountPoint", "/boot/efi"),
      string("grubTargetEfi", "x86_64-efi"),
    ].join("\n"),
  );
  expect(parseGrubInstallation(text)).toEqual({
    bootPath: "/boot",
    devices: ["nodev"],
    efiSysMountPoint: "/boot/efi",
    forBios: false,
    forUefi: true,
  });
});

test.each([true, false])(
  "whether GRUB is where firmware looks without an entry: %p",
  (isRemovable) => {
    const removable = `<attr name="efiInstallAsRemovable">\n      <bool value="${isRemovable}" />\n    </attr>`;
    expect(parseGrubInstallation(grubXml(`${devices("nodev")}${removable}`))).toMatchObject({
      isRemovable,
    });
  },
);

test("an empty list of devices is one", () => {
  const text = grubXml('<attr name="devices">\n      <list>\n      </list>\n    </attr>');
  expect(parseGrubInstallation(text)).toMatchObject({ devices: [], forBios: false });
});

test.each([
  ['bootPath=/boot\ndevices="/dev/sda /dev/sdb"\nefiSysMountPoint=\n', ["/dev/sda", "/dev/sdb"]],
  ["bootPath='/boot'\ndevices=nodev\n", ["nodev"]],
])("a builder in shell may say the same: %p", (text, expected) => {
  expect(parseGrubInstallation(text)).toMatchObject({ bootPath: "/boot", devices: expected });
});

test.each(["<attrs>nothing</attrs>", "bootPath=$1\ndevices=$2\n", "echo GRUB"])(
  "what does not say is no installation: %p",
  (text) => {
    expect(parseGrubInstallation(text)).toBeUndefined();
  },
);
