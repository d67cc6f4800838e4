import * as v from "valibot";
import { InstallerError } from "../../errors.ts";
import { exec } from "../../run/command.ts";
import type { StepData } from "../../run/step.ts";
import { described } from "../../values/described.ts";
import { makeKeys } from "../file-systems/file-system-type.ts";
import { datasetName } from "../file-systems/zfs.ts";
import { onEach } from "../outcome.ts";
import { eraseCommand, verifyKept } from "../probe.ts";
import { poolKind } from "../storage-kind.ts";
import { type PlanContext, type StorageObject, storageStep } from "../storage-object.ts";
import { type PoolMembers, planMembers, pooledDevice, poolMembers } from "./pool.ts";

/** Devices' worth of parity in each kind of virtual device, and the fewest devices it has (zpoolconcepts(7)). */
const modes = {
  stripe: { parity: 0, devices: 1 },
  mirror: { parity: 0, devices: 2 },
  raidz: { parity: 1, devices: 2 },
  raidz2: { parity: 2, devices: 3 },
  raidz3: { parity: 3, devices: 4 },
} as const;

const property = v.pipe(
  v.string(),
  v.regex(/^[a-z][\w:.@-]*=\S+$/, 'expected a property with its value, such as "compression=zstd"'),
);

const schema = v.pipe(
  v.strictObject({
    devices: poolMembers,
    mode: described(
      v.optional(v.picklist(["stripe", "mirror", "raidz", "raidz2", "raidz3"]), "stripe"),
      "How data is spread over all devices (zpoolconcepts(7)).",
    ),
    options: described(
      v.optional(v.array(property), []),
      "Properties of the pool, as zpool create -o takes them (zpoolprops(7)), besides ashift=12 and compatibility=openzfs-2.1-linux.",
    ),
    properties: described(
      v.optional(v.array(property), []),
      "Properties of its root dataset, as zpool create -O takes them (zfsprops(7)), besides mountpoint=none, acltype=posixacl and xattr=sa.",
    ),
    datasets: described(
      v.optional(v.array(datasetName), []),
      "Datasets to be made besides those that file systems mount.",
    ),
    format: makeKeys.format,
  }),
  v.forward(
    v.partialCheck(
      [["devices"], ["mode"]],
      ({ devices, mode }) => devices.length >= modes[mode].devices,
      ({ input: { mode } }) => `expected at least ${modes[mode].devices} devices for mode ${mode}`,
    ),
    ["devices"],
  ),
);

/**
 * Sectors of 4096 bytes, whatever the disk says, since they cannot be changed later; only features that OpenZFS 2.1 knows;
 * no trace of the pool on the live system.
 */
const defaultOptions = ["ashift=12", "compatibility=openzfs-2.1-linux", "cachefile=none"];

/** As the NixOS manual has it; what is mounted is mounted by fstab, so that nothing mounts itself. */
const defaultProperties = ["mountpoint=none", "acltype=posixacl", "xattr=sa"];

/** What ZFS keeps for itself. */
const slop = 1 / 20;

/** Names that zpool(8) takes for kinds of virtual devices. */
const reservedNames = /^(?:mirror|raidz|draid|spare|log$|c[0-9])/;

function whyRefused(name: string): string | undefined {
  if (!/^[A-Za-z]/.test(name)) return "ZFS wants a letter first";
  return reservedNames.test(name) ? "ZFS takes it for a kind of device" : undefined;
}

/** A dataset to be made. */
interface Dataset {
  /** Without the pool's name. */
  readonly name: string;
  /** Whether a file system mounts it. */
  readonly mounted: boolean;
}

/** Makes a ZFS pool and its datasets, or imports one that is kept; exports it at the end of the run. */
export interface ZpoolStep extends StepData {
  readonly kind: "zpool";
  readonly name: string;
  readonly devices: readonly string[];
  /** Whether it is made new; else it is imported. */
  readonly format: boolean;
  readonly mode: keyof typeof modes;
  /** `NAME=VALUE`, each name once. */
  readonly options: readonly string[];
  readonly properties: readonly string[];
  /** Each after those that it lies in. */
  readonly datasets: readonly Dataset[];
}

function nameOf(setting: string): string | undefined {
  return setting.split("=")[0];
}

/** Defaults but for those whose names are given, which zpool(8) takes only once. */
function withDefaults(defaults: readonly string[], given: readonly string[]): string[] {
  const names = new Set(given.map(nameOf));
  return [...defaults.filter((text) => !names.has(nameOf(text))), ...given];
}

function datasetCommand({ name: pool }: ZpoolStep, { name, mounted }: Dataset): readonly string[] {
  // With -p, datasets above it are made too, and one that is there is no error.
  return [
    "zfs",
    "create",
    "-p",
    ...(mounted ? ["-o", "mountpoint=legacy"] : []),
    `${pool}/${name}`,
  ];
}

function commands(step: ZpoolStep): readonly (readonly string[])[] {
  const { name, devices, format, mode, options, properties, datasets } = step;
  if (!format) {
    const places = devices.flatMap((device) => ["-d", device]);
    return [["zpool", "import", "-N", "-o", "cachefile=none", ...places, name]];
  }
  const create = [
    "zpool",
    "create",
    "-f",
    ...options.flatMap((option) => ["-o", option]),
    ...properties.flatMap((each) => ["-O", each]),
    name,
    ...(mode === "stripe" ? [] : [mode]),
    ...devices,
  ];
  return [
    ...devices.map(eraseCommand),
    create,
    ...datasets.map((dataset) => datasetCommand(step, dataset)),
  ];
}

/** Bytes for data, less than there will be. */
function room(mode: keyof typeof modes, { members }: PoolMembers): number {
  const sizes = members.map(({ size }) => size);
  const smallest = Math.min(...sizes);
  const raw = {
    stripe: sizes.reduce((sum, size) => sum + size, 0),
    mirror: smallest,
    raidz: smallest * (sizes.length - modes.raidz.parity),
    raidz2: smallest * (sizes.length - modes.raidz2.parity),
    raidz3: smallest * (sizes.length - modes.raidz3.parity),
  }[mode];
  return Math.floor(raw * (1 - slop));
}

/**
 * Exports the pool, so that the installed system, whose hostid is another, imports it without being forced to
 * (zpool-import(8)).
 */
async function exportPool({ name }: ZpoolStep): Promise<void> {
  const object = `zpool.${name}`;
  const listed = await exec(["zpool", "list", "-H", "-o", "name", name], {
    object,
    allowedExitCodes: [0, 1],
  });
  if (listed.exitCode === 0) await exec(["zpool", "export", name], { object });
}

/**
 * Refuses a pool of the same name on what stays: only one can be imported, and it is the other that would be exported at
 * the end.
 */
function refuseNamesake(
  name: string,
  { members, origin }: PoolMembers,
  { facts, ownDisks }: PlanContext,
): void {
  const paths = members.map(({ path }) => path);
  const pools = facts.disks
    .filter(({ path }) => !ownDisks.includes(path))
    .flatMap(({ groups }) => groups ?? [])
    .filter((group) => group.kind === "zfs-pool" && group.name === name);
  const own = pools.find(({ device }) => origin !== "this-run" && paths.includes(device));
  const other = pools.find(
    ({ device, uuid }) => !paths.includes(device) && (own === undefined || uuid !== own.uuid),
  );
  if (other === undefined) return;
  throw new InstallerError(
    "refused",
    `zpool.${name}: ${other.device} belongs to another pool of the name ${name}`,
    {
      object: `zpool.${name}`,
      finding: "preflight/name-taken",
      hint: "Give the new pool another name, rename the other (zpool import OLD NEW), or take its disks away.",
    },
  );
}

/** `[zpool.NAME]`: a ZFS pool. Its GUID is ZFS's own choice: zpool(8) takes none. */
export const zpool: StorageObject<typeof schema, ZpoolStep> = {
  table: "zpool",
  kind: {
    ...poolKind("a ZFS pool", "zfs"),
    refusesName: whyRefused,
  },
  schema,
  programs: ["zpool", "zfs", "wipefs"],
  kernelModules: ["zfs"],
  gives: (name) => [name],
  madeOn: ({ devices }) => devices,
  plan: (name, table, context) => {
    const object = `zpool.${name}`;
    const pool = planMembers(object, table, context);
    const { members, origin } = pool;
    const format = origin === "this-run";
    refuseNamesake(name, pool, context);
    const mounted = new Set(context.fileSystemsOn(name).map(({ dataset }) => dataset));
    const names = [...table.datasets, ...mounted].filter((dataset) => dataset !== undefined);
    const step: ZpoolStep = {
      kind: "zpool",
      id: `zpool/${name}`,
      name,
      devices: members.map(({ path }) => path),
      format,
      mode: table.mode,
      options: withDefaults(defaultOptions, table.options),
      properties: withDefaults(defaultProperties, table.properties),
      datasets: [...new Set(names)]
        .toSorted()
        .map((dataset) => ({ name: dataset, mounted: mounted.has(dataset) })),
    };
    for (const { path } of origin === "others" ? members : []) {
      verifyKept(object, { device: path, type: "zfs_member", label: name }, context.facts);
    }
    const size = room(table.mode, pool);
    return {
      steps: [step],
      devices: [pooledDevice(name, { type: "zfs", path: name, size, members, origin })],
    };
  },
  outcome: ({ devices, name, format }) => ({
    contents: onEach(devices, { type: "zfs_member", isNew: format, group: name }),
    devices: [],
    source: name,
  }),
  step: storageStep<ZpoolStep>({
    kind: "zpool",
    writesDisk: true,
    describe: ({ name, devices, format, mode }) =>
      `${format ? "Make" : "Import"} the ZFS pool ${name} (${mode}) on ${devices.join(", ")}`,
    commands,
    programs: () => ["zpool"],
    kernelModules: () => ["zfs"],
    difference: async ({ name, format }, context) => {
      const argv = ["zpool", "list", "-H", "-o", "health", name];
      const { stdout } = await context.exec(argv, { object: `zpool.${name}` });
      const health = stdout.trim();
      // One that is kept may have lost a device before.
      const isUsable = health === "ONLINE" || (health === "DEGRADED" && !format);
      return isUsable ? undefined : `the ZFS pool ${name} is ${health}`;
    },
    make: async (step, context) => {
      for (const argv of commands(step)) await context.exec(argv, { object: `zpool.${step.name}` });
    },
    letGo: { what: ({ name }) => `the ZFS pool ${name}`, release: exportPool },
  }),
};
