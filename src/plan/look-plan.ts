import { join } from "node:path";
import type { StorageStep } from "../disk/objects/index.ts";
import type { MountStep } from "../disk/objects/mount.ts";
import { markDirectory } from "../system/installed-mark.ts";
import { isStorageStep, type Plan, type Step } from "./plan.ts";

/** How a run looks for what an earlier one has finished, without changing anything. */
export interface LookPlan {
  /** Opens what the file system with the mark lies on, and mounts that alone, read-only. */
  readonly steps: readonly Step[];
  /** Where the directory of the mark is then, on the live system. */
  readonly markDirectory: string;
}

/** Steps that open what later ones need, and change nothing of what an earlier run made. */
const opening: readonly StorageStep["kind"][] = [
  "close",
  "partition-table",
  "luks",
  "raid",
  "lvm",
  "btrfs",
  "bcachefs",
  "zpool",
];

function isBelow(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

/** A path of the installed system, as the mount that holds it and the path in there; bind mounts are followed. */
function placeOf(
  path: string,
  mounts: readonly MountStep[],
): { readonly mount: MountStep; readonly path: string } | undefined {
  const [mount] = mounts
    .filter(({ target }) => isBelow(path, target))
    .toSorted((a, b) => b.target.length - a.target.length);
  if (mount === undefined) return undefined;
  const rest = path.slice(mount.target === "/" ? 0 : mount.target.length);
  if (mount.bind === undefined) return { mount, path: rest };
  const source = mount.device.slice(mount.root === "/" ? 0 : mount.root.length);
  return placeOf(
    join(source, rest),
    mounts.filter((other) => other !== mount),
  );
}

/** The options of a mount that changes nothing. */
function readOnly(options: readonly string[]): readonly string[] {
  return ["ro", ...options.filter((option) => option !== "rw" && option !== "ro")];
}

/**
 * How to look whether what an earlier run of the same manifest made is an install that was finished. Pure.
 *
 * @param plan One whose disks an earlier run made.
 */
export function lookPlan({ steps, root }: Plan): LookPlan | undefined {
  const storage = steps.filter((step) => isStorageStep(step));
  const place = placeOf(
    markDirectory,
    storage.filter((step) => step.kind === "mount"),
  );
  if (place === undefined) return undefined;
  const { type, device, options } = place.mount;
  const mount: MountStep = {
    kind: "mount",
    id: "mount/",
    device,
    type,
    root,
    target: "/",
    options: readOnly(options),
    optional: false,
  };
  const opened = storage.filter((step) => opening.includes(step.kind));
  return { steps: [...opened, mount], markDirectory: join(root, place.path) };
}
