import { ownValue } from "../../own-value.ts";

/** One run of `install-grub.pl`: an entry of `boot.loader.grub.mirroredBoots`. */
export interface GrubInstallation {
  /** Where its menu and kernels go: `/boot`. */
  readonly bootPath: string;
  /** As they were baked into it: `/dev/disk/by-id/…`, `nodev`. */
  readonly devices: readonly string[];
  /** Where it expects the ESP to be mounted, where it is installed for UEFI. */
  readonly efiSysMountPoint?: string;
  /** Whether it writes to disks for a BIOS. */
  readonly forBios: boolean;
  readonly forUefi: boolean;
  /**
   * Whether the one for UEFI goes where firmware looks without being told (`efiInstallAsRemovable`); left out where the
   * configuration does not say.
   */
  readonly isRemovable?: boolean;
}

/**
 * Reads the configuration that `install-grub.pl` is given, which is `builtins.toXML` of a set (`grubConfig` in nixpkgs'
 * `nixos/modules/system/boot/loader/grub/grub.nix`), or a builder in shell that has the same as variables.
 *
 * @returns `undefined` for any other text.
 */
export function parseGrubInstallation(text: string): GrubInstallation | undefined {
  const read = text.includes("<attrs>") ? xmlValues(text) : shellValues(text);
  const { bootPath, devices, efiSysMountPoint } = read;
  if (bootPath === undefined || devices === undefined) return undefined;
  const forUefi = read.hasEfi && efiSysMountPoint !== undefined;
  return {
    bootPath,
    devices,
    ...(forUefi ? { efiSysMountPoint } : {}),
    forBios: devices.some((device) => device !== "nodev"),
    forUefi,
    ...(read.isRemovable === undefined ? {} : { isRemovable: read.isRemovable }),
  };
}

interface Values {
  readonly bootPath: string | undefined;
  readonly devices: readonly string[] | undefined;
  readonly efiSysMountPoint: string | undefined;
  readonly hasEfi: boolean;
  readonly isRemovable: boolean | undefined;
}

function xmlValues(text: string): Values {
  const devices = /<attr name="devices">\s*<list>([\s\S]*?)<\/list>/.exec(text)?.[1];
  const isEmptyList = /<attr name="devices">\s*<list\s*\/>/.test(text);
  return {
    bootPath: xmlString(text, "bootPath"),
    devices:
      devices === undefined
        ? isEmptyList
          ? []
          : undefined
        : [...devices.matchAll(/<string value="([^"]*)"/g)].map(([, value = ""]) =>
            unescapeXml(value),
          ),
    efiSysMountPoint: xmlString(text, "efiSysMountPoint"),
    // A GRUB without a target platform for EFI is there for BIOS alone.
    hasEfi: (xmlString(text, "grubTargetEfi") ?? "") !== "",
    isRemovable: xmlBoolean(text, "efiInstallAsRemovable"),
  };
}

function xmlString(text: string, name: string): string | undefined {
  const value = new RegExp(`<attr name="${name}">\\s*<string value="([^"]*)"`).exec(text)?.[1];
  return value === undefined ? undefined : unescapeXml(value);
}

function xmlBoolean(text: string, name: string): boolean | undefined {
  const value = new RegExp(`<attr name="${name}">\\s*<bool value="(true|false)"`).exec(text)?.[1];
  return value === undefined ? undefined : value === "true";
}

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  "#xA": "\n",
};

function unescapeXml(text: string): string {
  return text.replaceAll(/&([^;]+);/g, (whole, name: string) => ownValue(entities, name) ?? whole);
}

function shellValues(text: string): Values {
  const efiSysMountPoint = shellVariable(text, "efiSysMountPoint");
  const isRemovable = shellVariable(text, "efiInstallAsRemovable");
  return {
    bootPath: shellVariable(text, "bootPath"),
    devices: shellVariable(text, "devices")
      ?.split(/\s+/)
      .filter((word) => word !== ""),
    efiSysMountPoint,
    hasEfi: efiSysMountPoint !== undefined && efiSysMountPoint !== "",
    isRemovable: isRemovable === undefined ? undefined : isRemovable === "true",
  };
}

/** What a shell script sets a variable to at the beginning of a line; never another variable's value. */
export function shellVariable(text: string, name: string): string | undefined {
  const pattern = new RegExp(`^${name}=(?:"([^"$\`]*)"|'([^']*)'|([^\\s"'$\`;]*))\\s*$`, "m");
  const match = pattern.exec(text);
  return match === null ? undefined : (match[1] ?? match[2] ?? match[3]);
}
