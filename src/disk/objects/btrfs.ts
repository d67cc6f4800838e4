import { chmod, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { errorCode, InstallerError } from "../../errors.ts";
import type { StepContext, StepData } from "../../run/step.ts";
import { described } from "../../values/described.ts";
import { formatSize } from "../../values/size.ts";
import {
  btrfsLabel,
  forgetCommand,
  isMixed,
  makeBtrfsCommand,
  memberOptions,
  smallestBtrfs,
  subvolumePath,
} from "../file-systems/btrfs.ts";
import {
  type ProfileName,
  profileDevices,
  profileNames,
  profileRoom,
} from "../file-systems/btrfs-profiles.ts";
import { makeKeys } from "../file-systems/file-system-type.ts";
import { deterministicUuid } from "../identifiers.ts";
import { makeMountPoint } from "../mounting/mount-point.ts";
import { releaseMounts } from "../mounting/release-mounts.ts";
import { identifiersOf, onEach } from "../outcome.ts";
import {
  eraseCommand,
  identifierDetails,
  recheckKept,
  signatureDifference,
  verifyKept,
} from "../probe.ts";
import { poolKind } from "../storage-kind.ts";
import { type StorageObject, storageStep } from "../storage-object.ts";
import { planMembers, pooledDevice, poolMembers } from "./pool.ts";

function fewestDevices(profiles: {
  readonly data: ProfileName;
  readonly metadata?: ProfileName | undefined;
}): number {
  return Math.max(profileDevices(profiles.data), profileDevices(profiles.metadata ?? "single"));
}

const schema = v.pipe(
  v.strictObject({
    devices: poolMembers,
    label: described(v.optional(btrfsLabel), "At most 255 bytes. Default: none."),
    data: described(
      v.optional(v.picklist(profileNames), "single"),
      "How data is spread over the devices (mkfs.btrfs(8)).",
    ),
    metadata: described(
      v.optional(v.picklist(profileNames)),
      'The same for metadata. Default: "raid1" on several devices, else "dup".',
    ),
    subvolumes: described(
      v.optional(v.array(subvolumePath), []),
      "Subvolumes to be made besides those that file systems mount.",
    ),
    ...makeKeys,
  }),
  v.forward(
    v.partialCheck(
      [["devices"], ["data"], ["metadata"]],
      (table) => table.devices.length >= fewestDevices(table),
      ({ input }) => `expected at least ${fewestDevices(input)} devices for its profiles`,
    ),
    ["devices"],
  ),
);

/** Makes a btrfs on devices, and its subvolumes. */
export interface BtrfsStep extends StepData {
  readonly kind: "btrfs";
  /** As in the manifest: `root` of `[btrfs.root]`. */
  readonly name: string;
  readonly devices: readonly string[];
  /** Whether it is made new; else nothing is made. */
  readonly format: boolean;
  /** Left out for one that others made, which has its own. */
  readonly uuid?: string;
  readonly label?: string;
  readonly data: string;
  readonly metadata: string;
  /** Paths below the top level, each after those that it lies in. */
  readonly subvolumes: readonly string[];
  readonly mkfsOptions: readonly string[];
  /** Version of btrfs-progs, where it is known. */
  readonly makerVersion?: string;
}

/** Where the top level is mounted while subvolumes are made. */
function topLevel({ name }: BtrfsStep): string {
  return `/run/landfall-btrfs-${name}`;
}

function makeCommands(step: BtrfsStep): readonly (readonly string[])[] {
  const { devices, format, uuid } = step;
  if (!format || uuid === undefined) return [];
  return [...devices.map(eraseCommand), forgetCommand, makeBtrfsCommand({ ...step, uuid })];
}

function mountCommand(step: BtrfsStep): readonly string[] {
  const [device = ""] = step.devices;
  const options = [...memberOptions(step.devices), "subvolid=5"];
  return ["mount", "-t", "btrfs", "-o", options.join(","), device, topLevel(step)];
}

function createCommand(step: BtrfsStep, subvolume: string): readonly string[] {
  return ["btrfs", "subvolume", "create", join(topLevel(step), subvolume)];
}

function hasSubvolumes({ format, subvolumes }: BtrfsStep): boolean {
  return format && subvolumes.length > 0;
}

async function release(step: BtrfsStep): Promise<void> {
  const directory = topLevel(step);
  await releaseMounts(directory);
  try {
    await rmdir(directory);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function makeSubvolumes(step: BtrfsStep, context: StepContext): Promise<void> {
  const object = `btrfs.${step.name}`;
  await makeMountPoint(topLevel(step));
  await context.exec(mountCommand(step), { object });
  for (const subvolume of step.subvolumes) {
    const path = join(topLevel(step), subvolume);
    await makeMountPoint(dirname(path));
    await context.exec(createCommand(step, subvolume), { object });
    // Whatever the umask is.
    await chmod(path, 0o755);
  }
  await release(step);
}

/** `[btrfs.NAME]`: a btrfs that several file systems are subvolumes of, or that lies on several devices. */
export const btrfs: StorageObject<typeof schema, BtrfsStep> = {
  table: "btrfs",
  kind: poolKind("a btrfs file system", "btrfs"),
  schema,
  programs: ["btrfs", "mkfs.btrfs", "mount", "wipefs"],
  kernelModules: ["btrfs"],
  gives: (name) => [name],
  madeOn: ({ devices }) => devices,
  plan: (name, table, context) => {
    const object = `btrfs.${name}`;
    const { members, origin } = planMembers(object, table, context);
    const format = origin === "this-run";
    const { label, data } = table;
    const mkfsOptions = table["mkfs-options"] ?? [];
    const redundant = members.length > 1 ? "raid1" : "dup";
    const makerVersion = context.facts.versions["mkfs.btrfs"];
    const mounted = context.fileSystemsOn(name).map(({ subvolume }) => subvolume);
    const subvolumes = [...table.subvolumes, ...mounted].filter((path) => path !== undefined);
    const step: BtrfsStep = {
      kind: "btrfs",
      id: `btrfs/${name}`,
      name,
      devices: members.map(({ path }) => path),
      format,
      ...(origin === "others" ? {} : { uuid: deterministicUuid(members[0]?.seed ?? "", object) }),
      ...(label === undefined ? {} : { label }),
      data,
      metadata: table.metadata ?? (isMixed(mkfsOptions) ? data : redundant),
      subvolumes: [...new Set(subvolumes)].toSorted(),
      mkfsOptions,
      ...(makerVersion === undefined ? {} : { makerVersion }),
    };
    const smallest = format ? smallestBtrfs(mkfsOptions) : 0;
    for (const member of members) {
      if (origin === "others")
        verifyKept(object, { ...step, device: member.path, type: "btrfs" }, context.facts);
      if (member.size >= smallest) continue;
      throw new InstallerError(
        "refused",
        `${member.reference} has ${formatSize(member.size)}, but btrfs needs at least ${formatSize(smallest)} on each device`,
        {
          object,
          finding: "preflight/device-too-small",
          hint: 'Make it larger, or set mkfs-options = ["--mixed"].',
        },
      );
    }
    const sizes = members.map(({ size }) => size);
    const size = profileRoom(data, sizes);
    const [path = ""] = step.devices;
    return {
      steps: [step],
      devices: [pooledDevice(name, { type: "btrfs", path, size, members, origin })],
    };
  },
  outcome: (step) => ({
    contents: onEach(step.devices, {
      type: "btrfs",
      isNew: step.format,
      ...identifiersOf(step),
      ...(step.devices.length === 1 ? {} : { group: step.name }),
    }),
    devices: [],
  }),
  step: storageStep<BtrfsStep>({
    kind: "btrfs",
    writesDisk: true,
    describe: ({ devices, format, label, subvolumes }) => {
      const named = label === undefined ? "" : ` (label ${label})`;
      const on = `btrfs on ${devices.join(", ")}${named}`;
      if (!format) return `Keep the ${on}`;
      return `Make ${on}${subvolumes.length === 0 ? "" : ` with ${subvolumes.join(", ")}`}`;
    },
    commands: (step) => [
      ...makeCommands(step),
      ...(hasSubvolumes(step)
        ? [mountCommand(step), ...step.subvolumes.map((path) => createCommand(step, path))]
        : []),
    ],
    programs: () => ["wipefs"],
    details: identifierDetails,
    kernelModules: () => ["btrfs"],
    difference: async (step, context) => {
      for (const device of step.devices) {
        const found = await signatureDifference({ ...step, device, type: "btrfs" }, context);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    make: async (step, context) => {
      const object = `btrfs.${step.name}`;
      for (const device of step.format ? [] : step.devices) {
        await recheckKept(object, { ...step, device, type: "btrfs" }, context);
      }
      for (const argv of makeCommands(step)) {
        await context.exec(argv, {
          object,
          ...(argv === forgetCommand ? { allowedExitCodes: [0, 1] } : {}),
        });
      }
      if (hasSubvolumes(step)) await makeSubvolumes(step, context);
    },
    letGo: {
      what: (step) => `the top level of btrfs.${step.name}`,
      release,
    },
  }),
};
