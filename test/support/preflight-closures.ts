import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { nix } from "../integration/cache/closure-fixture.ts";
import { buildDirectory } from "./scratch.ts";

/** What the system of a closure says of itself; what is left out is that of {@link soundSystem}. */
export interface PreflightSystem {
  /** `system` */
  readonly system: string;
  readonly fstab: string;
  readonly crypttab: string;
  readonly kernelParameters: string;
  /** Name and text of the script that installs the boot loader. */
  readonly loader: { readonly name: string; readonly text: string };
  /** Bytes. */
  readonly kernelSize: number;
  /** Names of modules in the initrd. */
  readonly modules: readonly string[];
  /** Names of modules in the kernel itself, which the initrd lists: without any, it is not known to be complete. */
  readonly builtinModules: readonly string[];
  /** Lines of the initrd's `modules.alias`. */
  readonly moduleAliases: readonly string[];
  /** The first line of the initrd's `/init`. */
  readonly initInterpreter: string;
  /** What the initrd's script does besides, a line each: `cryptsetup luksOpen DEVICE NAME`. */
  readonly initrdCommands: readonly string[];
  /** What the initrd's script is told to mount, where it is told: mount point, device, type and options, a line each. */
  readonly initrdMounts: readonly string[];
  /** Programs in the initrd. */
  readonly programs: readonly string[];
  /** The initrd's `mdadm.conf`; none where it is empty. */
  readonly mdadmConfig: string;
  /** Whether there is a boot.json, and whether anybody can make sense of it. */
  readonly bootspec: "sound" | "none" | "malformed";
  readonly hasSwitchProgram: boolean;
  readonly hasEtcOverlay: boolean;
}

/** GRUB for a BIOS on these devices. */
export function grubOn(...devices: readonly string[]): PreflightSystem["loader"] {
  return {
    name: "install-grub.sh",
    text: `bootPath=/boot\ndevices="${devices.join(" ")}"\nefiSysMountPoint=\n`,
  };
}

/** GRUB for UEFI, which firmware finds by an entry alone, with the ESP at a mount point. */
export function hiddenGrubAt(esp: string): PreflightSystem["loader"] {
  return {
    name: "install-grub.sh",
    text: `bootPath=/boot\ndevices=nodev\nefiSysMountPoint=${esp}\nefiInstallAsRemovable=false\n`,
  };
}

/** systemd-boot with the ESP at one mount point and kernels at another. */
export function systemdBootWithXbootldr(esp: string, xbootldr: string): PreflightSystem["loader"] {
  return {
    name: "install-systemd-boot.sh",
    text: `EFI_SYS_MOUNT_POINT = "${esp}"\nBOOT_MOUNT_POINT = "${xbootldr}"\n`,
  };
}

/** systemd-boot with the ESP at a mount point. */
export function systemdBootAt(esp: string): PreflightSystem["loader"] {
  return {
    name: "install-systemd-boot.sh",
    text: `esp=${esp}\ncanTouchEfiVariables=0\n`,
  };
}

/** A system that boots from a BIOS, with root on an ext4 labelled nixos. */
export const soundSystem: PreflightSystem = {
  system: "x86_64-linux",
  fstab: "/dev/disk/by-label/nixos / ext4 defaults 0 1\n",
  crypttab: "",
  kernelParameters: "loglevel=4",
  loader: grubOn("/dev/disk/by-id/landfall-main"),
  kernelSize: 4096,
  modules: ["ext4", "vfat", "btrfs", "md_mod", "raid1", "dm_mod", "dm_crypt"],
  builtinModules: [],
  moduleAliases: [],
  initInterpreter: "#!/bin/ash",
  initrdCommands: [],
  initrdMounts: [],
  programs: [],
  mdadmConfig: "",
  bootspec: "sound",
  hasSwitchProgram: true,
  hasEtcOverlay: false,
};

/** Toplevels as small as can be, with all that is read before an install, and in the form in which NixOS has it. */
const expression = `
let
  build = name: environment: script: derivation ({
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-e" "-c" script ];
    PATH = "/usr/bin:/bin:/usr/sbin:/sbin";
  } // environment);
  words = builtins.concatStringsSep " ";
  lines = builtins.concatStringsSep "\\n";

  toplevel = name: given:
    let
      etc = build "etc" {
        fstab = builtins.toFile "fstab" given.fstab;
        crypttab = builtins.toFile "crypttab" given.crypttab;
      } ''
        mkdir -p $out/etc
        ln -s $fstab $out/etc/fstab
        ln -s $crypttab $out/etc/crypttab
      '';
      kernel = build "linux" { size = toString given.kernelSize; } ''
        mkdir $out
        truncate -s $size $out/bzImage
      '';
      mounts = builtins.toFile "initrd-fsinfo" (lines given.initrdMounts);
      mounting = if given.initrdMounts == [ ] then [ ] else [ "exec 3< \${mounts}" ];
      initrd = build "initrd" {
        init = lines ([ given.initInterpreter "# NixOS Stage 1" ] ++ given.initrdCommands ++ mounting) + "\\n";
        modules = words given.modules;
        builtin = words given.builtinModules;
        aliases = lines given.moduleAliases;
        programs = words given.programs;
        mdadm = given.mdadmConfig;
        mounts = if mounting == [ ] then "" else mounts;
        passAsFile = [ "init" ];
      } ''
        mkdir -p root/lib/modules/6.1.0 root/bin root/etc $out
        cp $initPath root/init
        [ -z "$mounts" ] || install -D $mounts root$mounts
        [ -z "$mdadm" ] || echo "$mdadm" > root/etc/mdadm.conf
        [ -z "$aliases" ] || echo "$aliases" > root/lib/modules/6.1.0/modules.alias
        for module in $builtin; do echo kernel/$module.ko; done > root/lib/modules/6.1.0/modules.builtin
        for module in $modules; do : > root/lib/modules/6.1.0/$module.ko; done
        for program in $programs; do : > root/bin/$program; done
        (cd root && find . | cpio --quiet -o -H newc) | zstd -q > $out/initrd
      '';
      installer = builtins.toFile given.loader.name given.loader.text;
    in
    build "nixos-system-\${name}-25.11" {
      inherit etc kernel initrd installer;
      inherit (given) system_;
      parameters = given.kernelParameters;
      overlay = if given.hasEtcOverlay then "1" else "";
      inherit (given) bootspec;
      program = if given.hasSwitchProgram then "1" else "";
    } ''
      mkdir -p $out/bin
      printf %s "$system_" > $out/system
      printf %s 25.11 > $out/nixos-version
      printf %s "$parameters" > $out/kernel-params
      ln -s $etc/etc $out/etc
      ln -s $kernel/bzImage $out/kernel
      ln -s $initrd/initrd $out/initrd
      [ -z "$overlay" ] || : > $out/etc-metadata-image
      [ -z "$program" ] || echo "export INSTALL_BOOTLOADER='$installer'" > $out/bin/switch-to-configuration
      case $bootspec in
      none) exit ;;
      malformed) echo "nothing" > $out/boot.json; exit ;;
      esac
      cat > $out/boot.json <<END
      { "org.nixos.bootspec.v1": {
        "system": "$system_", "kernel": "$kernel/bzImage", "initrd": "$initrd/initrd", "kernelParams": [],
        "label": "NixOS", "init": "$out/init", "toplevel": "$out" } }
      END
    '';
in
builtins.mapAttrs
  (name: given: toplevel name (given // { system_ = given.system; }))
  (builtins.fromJSON (builtins.readFile ./systems.json))
`;

/** Systems that were built by real Nix, in one signed binary cache. */
export interface PreflightClosures {
  /** The store path of each toplevel, by name. */
  readonly toplevels: Readonly<Record<string, string>>;
  /** Directory of the cache. */
  readonly cache: string;
  readonly publicKey: string;
}

async function fill(directory: string, systems: string, names: readonly string[]): Promise<void> {
  const inside = (...parts: string[]) => join(directory, ...parts);
  await Bun.write(inside("default.nix"), expression);
  await Bun.write(inside("systems.json"), systems);
  const store = inside("store");
  const attributes = names.flatMap((name) => ["-A", name]);
  const argv = ["nix-build", "--quiet", "--no-out-link", "--store", store, inside("default.nix")];
  const toplevels = (await nix([...argv, ...attributes])).split("\n");
  const [secret, publicKey] = [inside("key.secret"), inside("key.public")];
  await nix(["nix-store", "--generate-binary-cache-key", "test-1", secret, publicKey]);
  await nix([
    "nix",
    "store",
    "sign",
    "--store",
    store,
    "--key-file",
    secret,
    "--recursive",
    ...toplevels,
  ]);
  const cache = `file://${inside("cache")}?compression=zstd&compression-level=1`;
  await nix(["nix", "copy", "--no-check-sigs", "--from", store, "--to", cache, ...toplevels]);
  const named = Object.fromEntries(names.map((name, index) => [name, toplevels[index] ?? ""]));
  await Bun.write(inside("toplevels.json"), JSON.stringify(named));
}

/**
 * Builds systems, once, and keeps them under `build`.
 *
 * @param systems What each has other than {@link soundSystem}, by name.
 */
export async function preflightClosures(
  systems: Readonly<Record<string, Partial<PreflightSystem>>>,
): Promise<PreflightClosures> {
  const names = Object.keys(systems);
  const text = JSON.stringify(
    Object.fromEntries(names.map((name) => [name, { ...soundSystem, ...systems[name] }])),
  );
  const directory = join(buildDirectory, `preflight-${Bun.hash(expression + text).toString(36)}`);
  if (!existsSync(directory)) {
    // In a directory of its own, so that two test runs at once only do the work twice.
    const unfinished = `${directory}.${process.pid}`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    try {
      await fill(unfinished, text, names);
      await rename(unfinished, directory);
    } catch (error) {
      if (!existsSync(directory)) throw error;
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  return {
    toplevels: await Bun.file(join(directory, "toplevels.json")).json(),
    cache: join(directory, "cache"),
    publicKey: (await Bun.file(join(directory, "key.public")).text()).trim(),
  };
}
