/** A device that the initrd opens with cryptsetup. */
export interface LuksDevice {
  /** Of the mapping: `cryptroot` of `/dev/mapper/cryptroot`. */
  readonly name: string;
  /** As written: `/dev/disk/by-uuid/…`. */
  readonly device: string;
}

/** Takes away the quotes that newer generations put around words of a shell. */
function unquoted(word: string): string {
  return word.replaceAll(/^(['"])(.*)\1$/g, "$2");
}

/**
 * The devices that NixOS's script opens. In all its generations it does so by `cryptsetup luksOpen DEVICE NAME`, once for
 * each way of getting the key; before 17.09 it writes these arguments to a file for `cryptsetup-askpass` (nixpkgs,
 * `nixos/modules/system/boot/luksroot.nix`).
 */
export function luksDevicesOfScript(script: string): LuksDevice[] {
  const devices = new Map<string, string>();
  for (const [, device = "", name = ""] of script.matchAll(/\bluksOpen[ \t]+(\S+)[ \t]+(\S+)/g)) {
    // What is a variable or an option tells nothing.
    if (/^["']?[$-]/.test(device) || /^["']?[$-]/.test(name)) continue;
    devices.set(unquoted(name), unquoted(device));
  }
  return [...devices].map(([name, device]) => ({ name, device }));
}

/** The devices of a crypttab(5), which systemd opens. */
export function luksDevicesOfCrypttab(text: string): LuksDevice[] {
  return text.split("\n").flatMap((line) => {
    const [name = "", device] = line.trim().split(/\s+/);
    return name === "" || name.startsWith("#") || device === undefined ? [] : [{ name, device }];
  });
}
