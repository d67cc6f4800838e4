/** A boot loader, by the module of NixOS that installs it; `none` for a system without one. */
export type BootLoader = "systemd-boot" | "grub" | "extlinux" | "none" | "other";

const scriptNames: readonly (readonly [pattern: RegExp, loader: BootLoader])[] = [
  [/-install-systemd-boot\b/, "systemd-boot"],
  [/-install-grub\b/, "grub"],
  [/-extlinux-conf-builder\b/, "extlinux"],
  [/-no-bootloader\b|do not know how to make this configuration bootable/, "none"],
];

/**
 * The boot loader that a `bin/switch-to-configuration` installs, by the name of the script that it hands to its program
 * as `INSTALL_BOOTLOADER`; `other` for a script that no module of NixOS is known to make.
 *
 * @param text The wrapper's text, or that of a wrapper that is a program.
 */
export function bootLoaderOf(text: string): BootLoader {
  return scriptNames.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
}

/** The files of the store that a script mentions, each once. */
export function storeFilesIn(text: string): string[] {
  return [
    ...new Set(text.match(/\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=/]+/g) ?? []),
  ];
}

/**
 * What a boot loader builder was made to do with the firmware's variables (`boot.loader.efi.canTouchEfiVariables` and
 * `boot.loader.systemd-boot.graceful`).
 */
export type EfiVariableUse = "required" | "attempted" | "untouched";

/**
 * Reads it from the text of systemd-boot's builder or GRUB's configuration; `undefined` when the text does not say.
 */
export function efiVariableUseOf(text: string): EfiVariableUse | undefined {
  const touch =
    /^CAN_TOUCH_EFI_VARIABLES\s*=\s*"([^"]*)"/m.exec(text)?.[1] ??
    /name=["']canTouchEfiVariables["']\s*>\s*<\w+\s+value=["']([^"']*)["']/.exec(text)?.[1];
  if (touch === undefined) return undefined;
  if (touch !== "1" && touch !== "true") return "untouched";
  return /^GRACEFUL\s*=\s*"1"/m.test(text) ? "attempted" : "required";
}

/** Checks of bootctl(1) that a boot loader's installer turns off (systemd's `docs/ENVIRONMENT.md`). */
export type RelaxedCheck = "esp" | "xbootldr";

const relaxations: readonly (readonly [check: RelaxedCheck, pattern: RegExp])[] = [
  ["esp", /SYSTEMD_RELAX_ESP_CHECKS\W+(?:1|y|yes|t|true|on)\b/i],
  ["xbootldr", /SYSTEMD_RELAX_XBOOTLDR_CHECKS\W+(?:1|y|yes|t|true|on)\b/i],
];

/** Which of its checks a script, in whatever language, has bootctl leave out by its environment. */
export function relaxedChecksOf(text: string): RelaxedCheck[] {
  return relaxations.filter(([, pattern]) => pattern.test(text)).map(([check]) => check);
}
