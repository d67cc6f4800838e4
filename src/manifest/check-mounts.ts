import { swapFileTypes } from "../disk/file-systems/index.ts";
import { orderByNeed } from "../disk/graph.ts";
import { duplicates } from "./duplicates.ts";
import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import { knownType } from "./known-type.ts";
import { holderOf, mountsOf, needsBoot, parentOf, sourceOf, storedOn } from "./mount-outline.ts";
import { type ObjectOutline, type Outline, textAt } from "./outline.ts";
import { isTable } from "./toml.ts";

/** Mount points that belong to the kernel or are made anew at every boot. */
const reservedMountPoints = /^\/(?:dev|proc|sys|run)(?:\/|$)/;

/** Options with which a file system may be left out. */
const optional: readonly string[] = ["nofail", "noauto"];

/** The index of the first of some options that a file system has; -1 when it has none. */
function optionAt({ values: { options } }: ObjectOutline, wanted: readonly string[]): number {
  if (!Array.isArray(options)) return -1;
  return options.findIndex((option) => typeof option === "string" && wanted.includes(option));
}

function isOptional(mount: ObjectOutline): boolean {
  return optionAt(mount, optional) !== -1;
}

function checkReserved(mounts: readonly ObjectOutline[]): Finding[] {
  return mounts
    .filter(({ name }) => reservedMountPoints.test(name))
    .map(
      ({ path, name }): Finding => ({
        path,
        side: "key",
        message: `${name} is no place for a file system of a disk: it is made anew at every boot`,
      }),
    );
}

/** A system without its root or its store is none. */
function checkNeeded(mounts: readonly ObjectOutline[]): Finding[] {
  const needed = new Map<ObjectOutline, string>();
  for (const path of ["/nix/store", "/"]) {
    for (const mount of [holderOf(path, mounts), storedOn(path, mounts)]) {
      if (mount !== undefined) needed.set(mount, path);
    }
  }
  return [...needed]
    .filter(([mount]) => isOptional(mount))
    .map(
      ([mount, path]): Finding => ({
        path: [...mount.path, "options", optionAt(mount, optional)],
        side: "value",
        message: `the system cannot do without ${path}, but ${formatKeyPath(mount.path)} may be left out`,
      }),
    );
}

/** Programs of the system run from its store, the first of them before the install ends. */
function checkExecutable(mounts: readonly ObjectOutline[]): Finding[] {
  const holders = new Set([holderOf("/nix/store", mounts), storedOn("/nix/store", mounts)]);
  return [...holders].flatMap((holder): Finding[] => {
    const index = holder === undefined ? -1 : optionAt(holder, ["noexec"]);
    if (holder === undefined || index === -1) return [];
    return [
      {
        path: [...holder.path, "options", index],
        side: "value",
        message: `no program could be run from /nix/store, which lies on ${formatKeyPath(holder.path)}`,
        expected: "/nix on a file system without this option",
      },
    ];
  });
}

/** A system is full of links, and of files with owners and modes. */
function checkUnixLike(mounts: readonly ObjectOutline[]): Finding[] {
  const holders = new Set(["/", "/nix/store"].map((path) => storedOn(path, mounts)));
  return [...holders].flatMap((holder): Finding[] => {
    if (holder === undefined || knownType(holder)?.isUnixLike !== false) return [];
    const type = String(textAt(holder.values, ["type"]));
    return [
      {
        path: [...holder.path, "type"],
        side: "value",
        message: `the system cannot be on ${type}, which knows no links, owners and modes`,
        expected: 'another type, such as "ext4"',
      },
    ];
  });
}

/** Paths that must outlast the next boot. */
function checkLasting(mounts: readonly ObjectOutline[], outline: Outline): Finding[] {
  const store = ["/nix/store", "the system itself"] as const;
  const boot = ["/boot", "what the boot loader reads"] as const;
  return (needsBoot(mounts, outline) ? [store, boot] : [store]).flatMap(
    ([path, what]): Finding[] => {
      const holder = storedOn(path, mounts);
      if (holder === undefined || knownType(holder)?.source !== "none") return [];
      const type = String(textAt(holder.values, ["type"]));
      const mountPoint = path === "/nix/store" ? "/nix" : path;
      return [
        {
          path: [...holder.path, "type"],
          side: "value",
          message: `${path} would lie on ${type}: ${what} would be gone after the next boot`,
          expected: `a file system on a disk for ${mountPoint}`,
        },
      ];
    },
  );
}

/** What is mounted in a file system that may be missing may land in what lies beneath it. */
function checkParents(mounts: readonly ObjectOutline[]): Finding[] {
  return mounts.flatMap((mount): Finding[] => {
    const parent = parentOf(mount, mounts);
    if (parent === undefined || !isOptional(parent) || isOptional(mount)) return [];
    return [
      {
        path: mount.path,
        side: "key",
        message: `${mount.name} is mounted in ${formatKeyPath(parent.path)}, which may be missing`,
        also: parent.path,
        expected: '"nofail" for both or for neither',
      },
    ];
  });
}

/** A bind mount comes after what its source lies on, every mount after what its mount point lies on. */
function checkBinds(mounts: readonly ObjectOutline[]): Finding[] {
  const nodes = mounts.map((mount) => {
    const source = sourceOf(mount);
    const holders = [
      parentOf(mount, mounts),
      source === undefined ? undefined : holderOf(source, mounts),
    ];
    return {
      name: formatKeyPath(mount.path),
      gives: [mount.name],
      needs: holders.flatMap((holder) => (holder === undefined ? [] : [holder.name])),
    };
  });
  const circular = orderByNeed(nodes).cycles.map((cycle): Finding => {
    const binds = mounts.filter(
      (mount) => cycle.includes(formatKeyPath(mount.path)) && sourceOf(mount) !== undefined,
    );
    const [first = "", ...rest] = cycle;
    const [bind] = binds;
    return {
      path: [...(bind?.path ?? []), "device"],
      side: "value",
      message:
        rest.length === 0
          ? `${bind === undefined ? first : sourceOf(bind)} lies in ${first} itself`
          : `each of these is mounted from or in the next: ${[...cycle, first].join(" → ")}`,
    };
  });
  const reserved = mounts
    .filter((mount) => reservedMountPoints.test(sourceOf(mount) ?? ""))
    .map(
      (mount): Finding => ({
        path: [...mount.path, "device"],
        side: "value",
        message: `${String(sourceOf(mount))} is made anew at every boot`,
        expected: "a path on a file system of this manifest",
      }),
    );
  return [...circular, ...reserved];
}

function swapFileOf({ table, values }: ObjectOutline): string | undefined {
  return table === "swap" ? textAt(values, ["file"]) : undefined;
}

/** A swap file has its path for itself. */
function checkSwapPaths(mounts: readonly ObjectOutline[], { objects }: Outline): Finding[] {
  const files = objects.filter((object) => swapFileOf(object) !== undefined);
  return duplicates(
    [...mounts, ...files],
    (object) => swapFileOf(object) ?? object.name,
    (object, first): Finding => ({
      path: [...object.path, "file"],
      side: "value",
      message: `${swapFileOf(object)} is ${swapFileOf(first) === undefined ? "the mount point" : "the file"} of ${formatKeyPath(first.path)}`,
      also: first.path,
      expected: "a path that nothing else has",
    }),
  );
}

/** A swap file must lie on a disk. */
function checkSwapFiles(mounts: readonly ObjectOutline[], { objects }: Outline): Finding[] {
  return objects.flatMap((object): Finding[] => {
    const { path } = object;
    const file = swapFileOf(object);
    const holder = file === undefined ? undefined : storedOn(file, mounts);
    const type = textAt(holder?.values ?? {}, ["type"]) ?? "";
    if (holder === undefined || knownType(holder) === undefined) return [];
    if (swapFileTypes.includes(type)) return [];
    return [
      {
        path: [...path, "file"],
        side: "value",
        message: `${file} would lie on ${formatKeyPath(holder.path)}, and Linux cannot swap to a file on ${type}`,
        also: holder.path,
        expected: `a path on ${swapFileTypes.join(" or ")}`,
      },
    ];
  });
}

/** What file systems say about each other's places. */
export function checkMounts(outline: Outline): Finding[] {
  const mounts = mountsOf(outline);
  const findings = [
    checkReserved,
    checkNeeded,
    checkExecutable,
    checkUnixLike,
    checkLasting,
    checkParents,
    checkBinds,
  ].flatMap((check) => check(mounts, outline));
  const all = [...findings, ...checkSwapPaths(mounts, outline), ...checkSwapFiles(mounts, outline)];
  if (!isTable(outline.root.filesystem) || mounts.some(({ name }) => name === "/")) return all;
  const missing: Finding = {
    path: ["filesystem"],
    side: "key",
    message: "there is no file system for /",
    expected: 'a table [filesystem."/"]',
  };
  return [...all, missing];
}
