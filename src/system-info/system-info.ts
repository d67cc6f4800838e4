import type { Closure } from "../cache/closure.ts";
import type { Bootspec } from "../system/boot/bootspec.ts";
import type { LoaderDeclaration } from "../system/boot/installed-loader.ts";

/** A line of `etc/fstab` (fstab(5)), its escapes undone. */
export interface FstabEntry {
  /** As written: `/dev/disk/by-uuid/…`, `UUID=…`, `LABEL=…`, `/dev/mapper/cryptroot`, `tmpfs`. */
  readonly device: string;
  /** Absolute, or `none` for swap. */
  readonly mountPoint: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** A line of `etc/crypttab` (crypttab(5)). */
export interface CrypttabEntry {
  /** Of the mapping: `/dev/mapper/<name>`. */
  readonly name: string;
  /** As written: `/dev/disk/by-uuid/…`, `UUID=…`. */
  readonly device: string;
  readonly options: readonly string[];
}

/** A file system driver, module or device that the initrd knows. */
export interface InitrdInfo {
  /** Whether NixOS's script or systemd runs in it (`boot.initrd.systemd.enable`). */
  readonly kind: "script" | "systemd";
  /** Names of the kernel modules in it, with underscores: `virtio_blk`, `dm_crypt`; without suffix, sorted. */
  readonly modules: readonly string[];
  /** Modules that are compiled into the kernel (`modules.builtin`), the same way; where they can be known. */
  readonly builtinModules: readonly string[];
  /** What `modules.alias` promises: patterns of module aliases, each with its module. */
  readonly aliases: readonly { readonly pattern: string; readonly module: string }[];
  /** LUKS devices it opens, by mapper name, with the device as written; undefined where it cannot be told. */
  readonly luksDevices?: readonly { readonly name: string; readonly device: string }[];
  /** What it mounts, by mount points of the installed system; left out where it cannot be told. */
  readonly mounts?: readonly FstabEntry[];
  /** Text of its `mdadm.conf`, where there is one. */
  readonly mdadmConfig?: string;
  /** Whether it has mdadm(8), without which nothing in it assembles arrays. */
  readonly hasMdadm: boolean;
  /** Whether it activates LVM volume groups. */
  readonly hasLvm: boolean;
}

/** What the initrd is, or why nobody can say: in words, to follow "the initrd cannot be read: ". */
export type InitrdKnowledge = InitrdInfo | { readonly unreadable: string };

/** What the specialisations of a system boot from besides its own kernel and initrd. */
export interface SpecialisationFiles {
  /** How many specialisations there are: each has an entry in the menu. */
  readonly count: number;
  /** Bytes of their kernels and initrds, each file once, without those of the system itself. */
  readonly size: number;
}

/** What the caches say about the system to be installed, before a disk is touched: plain data. */
export interface SystemInfo {
  readonly closure: Closure;
  /** The contents of the toplevel's `system`: `x86_64-linux`. */
  readonly system: string;
  /** The contents of `nixos-version`, where there is one. */
  readonly nixosVersion?: string;
  /** The words of `kernel-params`. */
  readonly kernelParameters: readonly string[];
  readonly fstab: readonly FstabEntry[];
  /** Lines of `etc/crypttab` (crypttab(5)): devices opened after the initrd. */
  readonly crypttab: readonly CrypttabEntry[];
  /** Text of `etc/mdadm.conf` (mdadm.conf(5)), which `boot.swraid` writes; left out where there is none. */
  readonly mdadmConfig?: string;
  /** `boot.json`; left out by generations older than 22.11, and by containers. */
  readonly bootspec?: Bootspec;
  /** What is wrong with `boot.json`, in words; left out where nothing is. */
  readonly bootspecProblem?: string;
  /** Whether it has no `bin/switch-to-configuration` (`system.switch.enable = false`); left out where it has. */
  readonly lacksSwitchProgram?: true;
  /** The boot loader that `bin/switch-to-configuration` installs. */
  readonly loader: LoaderDeclaration;
  /** Bytes of what goes to the ESP or `/boot` for one generation, as far as it is known. */
  readonly bootFiles: {
    readonly kernel: number;
    readonly initrd: number;
    /** Left out without specialisations. */
    readonly specialisations?: SpecialisationFiles;
  };
  /** Whether `/etc` is an overlay of an image (`system.etc.overlay.enable`). */
  readonly hasEtcOverlay: boolean;
  /** Left out where the system has no initrd. */
  readonly initrd?: InitrdKnowledge;
}
