import { shellVariable } from "./grub-installation.ts";

/** Where a boot loader's installer expects partitions to be mounted. */
export interface LoaderMounts {
  /** The ESP: `boot.loader.efi.efiSysMountPoint`. */
  readonly efiSysMountPoint?: string;
  /** The partition for kernels, where that is not the ESP: `boot.loader.systemd-boot.xbootldrMountPoint`. */
  readonly xbootldrMountPoint?: string;
}

/** Where the ESP's mount point stands in the builders of systemd-boot, the newest generation of nixpkgs first. */
const espPatterns = [
  // 24.05 on, with or without `Path(…)`.
  /^EFI_SYS_MOUNT_POINT\s*=\s*(?:Path\()?"(\/[^"]*)"/m,
  // Before: the text itself, in the call of bootctl.
  /"--esp-path=(\/[^"{]*)"/,
];

/**
 * Reads it from the text of systemd-boot's builder (nixpkgs' `systemd-boot-builder.py`, or one in shell).
 *
 * @returns `undefined` for a text that does not say.
 */
export function loaderMountsOf(text: string): LoaderMounts | undefined {
  const fromPython = espPatterns.map((pattern) => pattern.exec(text)?.[1]);
  const esp =
    fromPython.find((path) => path !== undefined) ??
    shellVariable(text, "esp") ??
    shellVariable(text, "efiSysMountPoint");
  if (esp === undefined || !esp.startsWith("/")) return undefined;
  const boot = /^BOOT_MOUNT_POINT\s*=\s*(?:Path\()?"(\/[^"]*)"/m.exec(text)?.[1] ?? esp;
  return {
    efiSysMountPoint: esp,
    ...(boot === esp ? {} : { xbootldrMountPoint: boot }),
  };
}
