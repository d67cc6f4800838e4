import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { efiProgram } from "./efi-program.ts";

const hash = (digit: number) => String(digit).repeat(32);

/** Store path of the system that {@link makeSystem} makes. */
export const toplevel = `/nix/store/${hash(1)}-nixos-system-host-25.11`;

const kernel = `${hash(4)}-linux-6.12.10/bzImage`;
const initrd = `${hash(2)}-initrd-linux-6.12.10/initrd`;

/** What the files of the system hold. */
export const content = { kernel: "a kernel".repeat(400_000), initrd: "an initrd".repeat(300_000) };

/** Writes files below a directory, by their paths; `undefined` removes one. */
export async function writeFiles(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array | undefined>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    if (text === undefined) await rm(file, { force: true });
    else await Bun.write(file, text);
  }
}

/** Puts a system into a target's store: kernel, initrd, boot.json, and the wrapper of a loader's installer. */
export async function makeSystem(
  root: string,
  options: { readonly installer?: string; readonly initrdSecrets?: boolean } = {},
): Promise<void> {
  const { installer = "install-systemd-boot.sh", initrdSecrets = false } = options;
  const bootspec = {
    system: "x86_64-linux",
    kernel: `/nix/store/${kernel}`,
    initrd: `/nix/store/${initrd}`,
    ...(initrdSecrets ? { initrdSecrets: `${toplevel}/append-initrd-secrets` } : {}),
    kernelParams: ["loglevel=4"],
    label: "NixOS",
    init: `${toplevel}/init`,
    toplevel,
  };
  await writeFiles(root, {
    [`nix/store/${kernel}`]: content.kernel,
    [`nix/store/${initrd}`]: content.initrd,
    [`${toplevel}/boot.json`]: JSON.stringify({ "org.nixos.bootspec.v1": bootspec }),
    [`${toplevel}/bin/switch-to-configuration`]: `export INSTALL_BOOTLOADER='/nix/store/${hash(5)}-${installer}'\n`,
  });
}

/** The lines of an entry of systemd-boot for a generation. */
export function entryText(init: string): string {
  return [
    "title NixOS",
    "sort-key nixos",
    "version Generation 1 NixOS, built on 2026-01-02",
    `linux /EFI/nixos/${kernel.replace("/", "-")}.efi`,
    `initrd /EFI/nixos/${initrd.replace("/", "-")}.efi`,
    `options ${init} loglevel=4`,
    "",
  ].join("\n");
}

/** Where the kernel's and the initrd's copies are on the ESP. */
export const copies = {
  kernel: `EFI/nixos/${kernel.replace("/", "-")}.efi`,
  initrd: `EFI/nixos/${initrd.replace("/", "-")}.efi`,
};

/** The files of an ESP as systemd-boot and its builder leave them, by their paths. */
export function systemdBootFiles(): Record<string, string | Uint8Array> {
  return {
    "EFI/systemd/systemd-bootx64.efi": efiProgram(),
    "EFI/BOOT/BOOTX64.EFI": efiProgram(),
    [copies.kernel]: content.kernel,
    [copies.initrd]: content.initrd,
    "loader/loader.conf": "timeout 5\ndefault nixos-generation-1.conf\nconsole-mode keep\n",
    "loader/entries/nixos-generation-1.conf": entryText(`init=${toplevel}/init`),
  };
}
