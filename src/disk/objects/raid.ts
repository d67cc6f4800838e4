import { join } from "node:path";
import * as v from "valibot";
import { InstallerError } from "../../errors.ts";
import { parseKeyValues, readAttribute } from "../../facts/sysfs.ts";
import type { StepContext, StepData } from "../../run/step.ts";
import { described } from "../../values/described.ts";
import { deviceReference } from "../../values/names.ts";
import { formatSize, KiB, parseSize, size } from "../../values/size.ts";
import { deterministicUuid } from "../identifiers.ts";
import { devicesToOverwrite } from "../made-on.ts";
import { onEach } from "../outcome.ts";
import { arrayOf, ensureLink, stopArray } from "../raid/array.ts";
import {
  defaultChunk,
  fewestDevices,
  type RaidGeometry,
  type RaidLevel,
  type RaidMetadata,
  raidGeometry,
  raidLevels,
  raidMetadata,
} from "../raid/geometry.ts";
import {
  assembleCommand,
  createCommand,
  detailCommand,
  eraseCommand,
  formatMdUuid,
  type NewArray,
} from "../raid/mdadm.ts";
import {
  type PlanContext,
  type PlannedDevice,
  type StorageObject,
  storageStep,
} from "../storage-object.ts";

/** Whether a chunk is one that md takes: a power of two from 4 KiB on (md(4)). */
function isChunk(text: string): boolean {
  const bytes = parseSize(text) ?? 0;
  return bytes >= 4 * KiB && Number.isInteger(Math.log2(bytes));
}

const schema = v.pipe(
  v.strictObject({
    level: described(
      v.picklist(raidLevels, `expected a level of md: ${raidLevels.join(", ")}`),
      "The RAID level, a number.",
    ),
    devices: described(
      v.pipe(v.array(deviceReference), v.minLength(2, "expected at least two devices")),
      "What it is made of. What a device has more than the smallest of them is used by level 0 only.",
    ),
    metadata: described(
      v.optional(v.picklist(raidMetadata), "1.2"),
      'Where the superblock is: "1.1" and "1.2" at the beginning of each device, "1.0" and "0.90" at the end, where firmware does not see it.',
    ),
    chunk: described(
      v.optional(
        v.pipe(size, v.check(isChunk, "expected a power of two from 4KiB on, such as 512KiB")),
      ),
      'How much goes to one device before the next one\'s turn: a power of two; not for level 1. Default: "512KiB".',
    ),
  }),
  v.forward(
    v.partialCheck(
      [["level"], ["devices"]],
      ({ level, devices }) => devices.length >= fewestDevices[level],
      ({ input: { level } }) =>
        `expected at least ${fewestDevices[level]} devices for level ${level}`,
    ),
    ["devices"],
  ),
  v.forward(
    v.partialCheck(
      [["level"], ["chunk"]],
      ({ level, chunk }) => level !== 1 || chunk === undefined,
      "expected none: a mirror has no chunks",
    ),
    ["chunk"],
  ),
);

/** Makes an array of devices or assembles it, and stops it at the end of the run. */
export interface RaidStep extends StepData, NewArray {
  readonly kind: "raid";
  /** Whether an earlier run made it, so that it is assembled only. */
  readonly made: boolean;
}

/** From this size of its members on mdadm itself gives an array a write-intent bitmap (mdadm(8), "--bitmap"). */
const bitmapFrom = 100e9;

/** The longest name that fits into a superblock behind the home host: 32 bytes with `any:` and a final NUL (`super1.c`). */
const longestName = 27;

/** The commands that make the array run, but for erasing what a new one holds. */
function startCommand(step: RaidStep): readonly string[] {
  return step.made ? assembleCommand(step) : createCommand(step);
}

async function make(step: RaidStep, context: StepContext): Promise<void> {
  const object = `raid.${step.name}`;
  // udev's rules assemble what they find.
  const isRunning = step.made && (await arrayOf(step.devices)) !== undefined;
  if (!isRunning) await context.exec(startCommand(step), { object });
  const node = await arrayOf(step.devices);
  if (node === undefined) {
    throw new InstallerError("disk", `the kernel shows no array of ${step.devices.join(", ")}`, {
      object,
      hint: "Look at the kernel's log with `dmesg`.",
    });
  }
  await ensureLink(step.path, node, step.udev);
  if (!step.made) await context.exec(eraseCommand(step), { object });
}

async function difference(step: RaidStep, context: StepContext): Promise<string | undefined> {
  const { stdout } = await context.exec(detailCommand(step), { object: `raid.${step.name}` });
  const found = parseKeyValues(stdout);
  const expected: readonly (readonly [key: string, value: string])[] = [
    ["MD_UUID", formatMdUuid(step.uuid)],
    ["MD_LEVEL", `raid${step.level}`],
    ["MD_DEVICES", String(step.devices.length)],
    ["MD_METADATA", step.metadata],
  ];
  const different = expected.find(([key, value]) => found.get(key) !== value);
  if (different !== undefined) {
    const [key, value] = different;
    return `${step.path} has ${key} ${found.get(key) ?? "none"} instead of ${value}`;
  }
  const node = (await arrayOf(step.devices)) ?? "";
  const sectors = Number(
    (await readAttribute(join("/sys/class/block", node.replace("/dev/", ""), "size"))) ?? 0,
  );
  return sectors * 512 >= step.size
    ? undefined
    : `${step.path} has ${sectors * 512} bytes instead of ${step.size}`;
}

function judge(name: string, devices: readonly PlannedDevice[], geometry: RaidGeometry): void {
  const object = `raid.${name}`;
  if (Math.min(geometry.size, geometry.componentSize ?? geometry.size) > 0) return;
  const list = devices.map((device) => `${device.reference} ${formatSize(device.size)}`);
  throw new InstallerError("refused", `${object}: its devices are too small: ${list.join(", ")}`, {
    object,
    finding: "preflight/device-too-small",
    hint: "Make them larger.",
  });
}

/** Refuses an array of the same name that is running on disks that are not wiped: both would have the same node. */
function refuseNamesake(name: string, { facts, ownDisks }: PlanContext): void {
  const others = facts.disks.filter(
    ({ path, holders }) => !ownDisks.includes(path) && holders.some(({ kind }) => kind === "md"),
  );
  const other = others
    .flatMap(({ groups }) => groups ?? [])
    .find((group) => group.kind === "array" && group.name?.replace(/^.*:/, "") === name);
  if (other === undefined) return;
  throw new InstallerError(
    "refused",
    `raid.${name}: ${other.device} belongs to another array of the name ${name}, which is running`,
    {
      object: `raid.${name}`,
      finding: "preflight/name-taken",
      hint: "Give the new array another name, or stop the other one (mdadm --stop).",
    },
  );
}

/** Whether firmware, which knows nothing of arrays, sees the content of the array on each of its members. */
function isReadableAsMember(level: RaidLevel, metadata: RaidMetadata): boolean {
  return level === 1 && (metadata === "1.0" || metadata === "0.90");
}

/** `[raid.NAME]`: an array of Linux's md driver (md(4), mdadm(8)). */
export const raid: StorageObject<typeof schema, RaidStep> = {
  table: "raid",
  kind: {
    what: "an array",
    madeOn: "devices",
    gives: () => "itself",
    isTransparent: true,
    refusesName: ({ length }) =>
      length > longestName ? `it has at most ${longestName} characters` : undefined,
  },
  schema,
  programs: ["env", "mdadm", "wipefs"],
  kernelModules: ["md-mod", "raid0", "raid1", "raid10", "raid456"],
  gives: (name) => [name],
  madeOn: ({ devices }) => devices,
  plan: (name, table, context) => {
    const { level, metadata } = table;
    const object = `raid.${name}`;
    const devices = devicesToOverwrite(object, table.devices, context);
    const chunk = parseSize(table.chunk ?? "") ?? defaultChunk;
    const sizes = devices.map((device) => device.size);
    const geometry = raidGeometry(level, metadata, sizes, chunk);
    judge(name, devices, geometry);
    const disks = [...new Set(devices.flatMap((device) => device.disks))];
    refuseNamesake(name, context);
    const seed = devices[0]?.seed ?? "";
    const path = `/dev/md/${name}`;
    const made = devices.every((device) => device.made);
    const step: RaidStep = {
      kind: "raid",
      id: `raid/${name}`,
      name,
      path,
      level,
      metadata,
      ...(level === 1 ? {} : { chunk }),
      bitmap: level !== 0 && Math.min(...sizes) >= bitmapFrom,
      devices: devices.map((device) => device.path),
      uuid: deterministicUuid(seed, object),
      udev: context.facts.liveSystem.udev,
      made,
      ...geometry,
    };
    const given: PlannedDevice = {
      reference: name,
      path,
      size: geometry.size,
      sectorSize: Math.max(...devices.map((device) => device.sectorSize)),
      seed,
      disks,
      kept: false,
      made,
      isEfiSystemPartition:
        isReadableAsMember(level, metadata) &&
        devices.every((device) => device.isEfiSystemPartition),
    };
    return { steps: [step], devices: [given] };
  },
  outcome: ({ devices, name, path, uuid, size: bytes, made }) => ({
    contents: onEach(devices, { type: "linux_raid_member", isNew: !made, uuid, group: name }),
    devices: [{ path, size: bytes, on: devices, isNew: !made }],
  }),
  step: storageStep<RaidStep>({
    kind: "raid",
    writesDisk: true,
    describe: ({ name, level, devices, size: bytes, made }) =>
      `${made ? "Assemble" : "Make"} the array ${name} (RAID ${level}, ${formatSize(bytes)}) of ${devices.join(", ")}`,
    commands: (step) => [
      startCommand(step),
      ...(step.made ? [] : [eraseCommand(step)]),
      detailCommand(step),
    ],
    programs: () => ["mdadm"],
    details: ({ uuid }) => [`UUID=${uuid}  mdadm: UUID=${formatMdUuid(uuid)}`],
    kernelModules: ({ level }) => [
      "md-mod",
      [4, 5, 6].includes(level) ? "raid456" : `raid${level}`,
    ],
    difference,
    make,
    letGo: {
      what: ({ path }) => `the array ${path}`,
      release: ({ devices, path }) => stopArray(devices, path),
    },
  }),
};
