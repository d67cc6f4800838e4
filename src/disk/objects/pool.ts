import * as v from "valibot";
import { InstallerError } from "../../errors.ts";
import { described } from "../../values/described.ts";
import { deviceReference } from "../../values/names.ts";
import type { Origin } from "../made-new.ts";
import type { PlanContext, PlannedDevice } from "../storage-object.ts";

/** The key that names what a pool is made of. */
export const poolMembers = described(
  v.pipe(v.array(deviceReference), v.minLength(1, "expected at least one device")),
  "The devices that it is made of, one or several.",
);

/** What a pool is made of, and who makes it. */
export interface PoolMembers {
  readonly members: readonly PlannedDevice[];
  readonly origin: Origin;
}

/**
 * The devices of a pool, which is made new or kept as a whole.
 *
 * @param object The pool in the manifest: `btrfs.root`.
 * @throws {InstallerError} `refused` when some of them are kept and others are not, and the manifest does not say what
 *   to do.
 */
export function planMembers(
  object: string,
  table: { readonly devices: readonly string[]; readonly format?: boolean | undefined },
  context: PlanContext,
): PoolMembers {
  const members = table.devices.map(context.device);
  const kept = members.filter((member) => member.kept);
  const isNew = table.format ?? kept.length === 0;
  const other = members.find((member) => !member.kept);
  if (isNew) {
    return { members, origin: members.some(({ made }) => made) ? "earlier-run" : "this-run" };
  }
  if (other === undefined) return { members, origin: "others" };
  throw new InstallerError(
    "refused",
    `${object} cannot be kept: its device ${other.reference} is made new`,
    {
      object,
      finding: "preflight/nothing-to-keep",
      hint: `Keep all of its devices, or set format = true to have ${object} made new, which destroys what is on them.`,
    },
  );
}

/** What file systems see of a pool. */
export function pooledDevice(
  name: string,
  pool: { readonly type: string; readonly path: string; readonly size: number } & PoolMembers,
): PlannedDevice {
  const { members, type, path, size, origin } = pool;
  const [first] = members;
  if (first === undefined) throw new InstallerError("bug", `${name} is a pool without devices`);
  return {
    reference: name,
    path,
    size,
    sectorSize: first.sectorSize,
    seed: first.seed,
    disks: [...new Set(members.flatMap(({ disks }) => disks))],
    kept: origin === "others",
    made: origin === "earlier-run",
    pool: type,
    members: members.map((member) => member.path),
    isEfiSystemPartition: false,
  };
}
