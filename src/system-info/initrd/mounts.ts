import { parseFstab } from "../fstab.ts";
import type { FstabEntry } from "../system-info.ts";
import type { InitrdContents } from "./contents.ts";

/** Where systemd mounts the new root while the initrd runs (bootup(7)). */
const sysroot = "/sysroot";

/** A mount point of the installed system, of one in the initrd; `undefined` for what stays in the initrd. */
function inSystem(mountPoint: string): string | undefined {
  if (mountPoint === sysroot) return "/";
  return mountPoint.startsWith(`${sysroot}/`) ? mountPoint.slice(sysroot.length) : undefined;
}

function belowSysroot(entries: readonly FstabEntry[]): FstabEntry[] {
  return entries.flatMap((entry) => {
    const mountPoint = inSystem(entry.mountPoint);
    return mountPoint === undefined ? [] : [{ ...entry, mountPoint }];
  });
}

/** The value that a unit gives to a key last (systemd.syntax(7)). */
function unitValue(unit: string, key: string): string | undefined {
  return unit
    .split("\n")
    .findLast((line) => line.startsWith(`${key}=`))
    ?.slice(key.length + 1)
    .trim();
}

/** What a unit mounts (systemd.mount(5)), as a line of fstab. */
function entryOfUnit(unit: string): FstabEntry[] {
  const mountPoint = unitValue(unit, "Where");
  const device = unitValue(unit, "What");
  if (mountPoint === undefined || device === undefined) return [];
  const options = unitValue(unit, "Options") ?? "defaults";
  return [
    { device, mountPoint, type: unitValue(unit, "Type") ?? "auto", options: options.split(",") },
  ];
}

/** The entries of a table: mount points of the system, or of the initrd before 23.05. */
function entriesOfTable(text: string): FstabEntry[] {
  return parseFstab(text).map((entry) => ({
    ...entry,
    mountPoint: inSystem(entry.mountPoint) ?? entry.mountPoint,
  }));
}

/**
 * What an initrd with systemd in it mounts of the new system. The table is a store path that systemd is told of by its
 * environment; before 23.05 it was `/etc/fstab`, with mount points below `/sysroot` (nixpkgs,
 * `nixos/modules/tasks/filesystems.nix`). Units mount what `boot.initrd.systemd.mounts` says.
 *
 * @returns `undefined` where there is no such table that can be found.
 */
export function mountsOfSystemd(contents: InitrdContents): FstabEntry[] | undefined {
  const settings = contents.text("etc/systemd/system.conf") ?? "";
  const path = /\bSYSTEMD_SYSROOT_FSTAB=['"]?(\/[^\s'"]+)/.exec(settings)?.[1];
  const named = path === undefined ? undefined : contents.text(path);
  // Somebody may have a table for the initrd itself besides.
  const own = belowSysroot(parseFstab(contents.text("etc/fstab") ?? ""));
  if (named === undefined && own.length === 0) return undefined;
  const units = contents.mountUnits().flatMap(entryOfUnit);
  return [...entriesOfTable(named ?? ""), ...own, ...belowSysroot(units)];
}

/** Of a file system, in the list that NixOS's script reads: mount point, device, type and options, a line each. */
const linesPerFileSystem = 4;

/**
 * What NixOS's script mounts: it reads a list that is a store path (nixpkgs, `nixos/modules/system/boot/stage-1.nix`,
 * `fsInfo`); `undefined` for a script that reads none.
 */
export function mountsOfScript(contents: InitrdContents): FstabEntry[] | undefined {
  const script = contents.text("init") ?? "";
  const path = /^\s*exec 3<\s*(\/nix\/store\/\S+-initrd-fsinfo)\s*$/m.exec(script)?.[1];
  const list = path === undefined ? undefined : contents.text(path)?.split("\n");
  if (list === undefined) return undefined;
  const entries: FstabEntry[] = [];
  for (let at = 0; at + linesPerFileSystem <= list.length; at += linesPerFileSystem) {
    const [mountPoint = "", device = "", type = "", options = ""] = list.slice(at);
    entries.push({ device, mountPoint, type, options: options.split(",") });
  }
  return entries;
}
