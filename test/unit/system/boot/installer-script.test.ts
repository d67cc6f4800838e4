import { expect, test } from "bun:test";
import {
  bootLoaderOf,
  efiVariableUseOf,
  relaxedChecksOf,
  storeFilesIn,
} from "../../../../src/system/boot/installer-script.ts";

const hash = "0123456789abcdfghijklmnpqrsvwxyz";

/** The wrapper of switch-to-configuration-ng, as makeWrapper writes it. */
const wrapper = (installer: string) => `#! /nix/store/${hash}-bash-5.2p37/bin/bash -e
export OUT='/nix/store/${hash}-nixos-system-host'
export TOPLEVEL='/nix/store/${hash}-nixos-system-host'
export DISTRO_ID='nixos'
export INSTALL_BOOTLOADER='${installer}'
export LOCALE_ARCHIVE='/nix/store/${hash}-glibc-locales-2.40/lib/locale/locale-archive'
exec -a "$0" "/nix/store/${hash}-switch-to-configuration-0.1.0/bin/switch-to-configuration"  "$@"
`;

test.each([
  [`/nix/store/${hash}-install-systemd-boot.sh`, "systemd-boot"],
  [`/nix/store/${hash}-install-grub.sh`, "grub"],
  [`/nix/store/${hash}-extlinux-conf-builder.sh -g 20 -t 5 -c`, "extlinux"],
  [
    "echo 'Warning: do not know how to make this configuration bootable; please enable a boot loader.' 1>&2; true",
    "none",
  ],
  [`/nix/store/${hash}-no-bootloader`, "none"],
  [`/nix/store/${hash}-bootinstall`, "other"],
] as const)("%p installs %p", (installer, loader) => {
  expect(bootLoaderOf(wrapper(installer))).toBe(loader);
});

test("the store files a script mentions are found once each", () => {
  const text = `#!/nix/store/${hash}-bash/bin/bash\n"/nix/store/${hash}-x/bin/a" "$@"; /nix/store/${hash}-x/bin/a\n`;
  expect(storeFilesIn(text)).toEqual([
    `/nix/store/${hash}-bash/bin/bash`,
    `/nix/store/${hash}-x/bin/a`,
  ]);
});

test.each([
  ['CAN_TOUCH_EFI_VARIABLES = "1"\nGRACEFUL = ""\n', "required"],
  ['CAN_TOUCH_EFI_VARIABLES = "1"\nGRACEFUL = "1"\n', "attempted"],
  ['CAN_TOUCH_EFI_VARIABLES = ""\nGRACEFUL = ""\n', "untouched"],
  ['<attr name="canTouchEfiVariables">\n  <string value="true" />', "required"],
  ['<attr name="canTouchEfiVariables">\n  <string value="false" />', "untouched"],
  ["bootctl install", undefined],
] as const)("what a builder does with EFI variables: %p", (text, use) => {
  expect(efiVariableUseOf(text)).toBe(use);
});

test.each([
  ["export SYSTEMD_RELAX_ESP_CHECKS=1\nbootctl install", ["esp"]],
  ['SYSTEMD_RELAX_ESP_CHECKS="yes" bootctl install', ["esp"]],
  ['os.environ["SYSTEMD_RELAX_ESP_CHECKS"] = "1"', ["esp"]],
  ["makeWrapper --set SYSTEMD_RELAX_XBOOTLDR_CHECKS true", ["xbootldr"]],
  ["export SYSTEMD_RELAX_ESP_CHECKS=0", []],
  ["# SYSTEMD_RELAX_ESP_CHECKS is not set", []],
] as const)("what bootctl is told not to check: %s", (text, checks) => {
  expect(relaxedChecksOf(text)).toEqual([...checks]);
});
