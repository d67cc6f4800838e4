import * as v from "valibot";
import { InstallerError } from "../../errors.ts";
import type { StepContext, StepData } from "../../run/step.ts";
import { described } from "../../values/described.ts";
import { deviceReference } from "../../values/names.ts";
import { formatSize } from "../../values/size.ts";
import { deterministicUuid } from "../identifiers.ts";
import { extentSize } from "../lvm/allocation.ts";
import { activateCommand, groupCommands, type NewGroup } from "../lvm/commands.ts";
import { hasThinCheck, lvmConfiguration, volumeMapping, volumePath } from "../lvm/configuration.ts";
import { deactivateGroup } from "../lvm/group.ts";
import { judgeOvercommit, planGroup } from "../lvm/plan-group.ts";
import { groupDifference, volumeReport } from "../lvm/report.ts";
import { volumeSchema } from "../lvm/volume.ts";
import { devicesToOverwrite } from "../made-on.ts";
import {
  type PlanContext,
  type PlannedDevice,
  type StorageObject,
  storageStep,
} from "../storage-object.ts";

const schema = v.strictObject({
  devices: described(
    v.pipe(v.array(deviceReference), v.minLength(1, "expected at least one device")),
    "The physical volumes that it is made of.",
  ),
  volume: described(
    v.pipe(v.array(volumeSchema), v.minLength(1, "expected at least one volume")),
    "Its logical volumes, in any order.",
  ),
});

/** Makes a volume group with its volumes or activates it, and deactivates it at the end of the run. */
export interface LvmStep extends StepData, NewGroup {
  readonly kind: "lvm";
  /** Whether an earlier run made it, so that it is activated only. */
  readonly made: boolean;
}

/**
 * An identifier in the form of LVM: 32 characters in groups of 6, 4, 4, 4, 4, 4 and 6. LVM takes letters of both cases
 * and digits; hexadecimal digits are some of them.
 */
function formatLvmUuid(uuid: string): string {
  const digits = uuid.replaceAll("-", "");
  return [6, 10, 14, 18, 22, 26, 32]
    .map((end, index, ends) => digits.slice(ends[index - 1] ?? 0, end))
    .join("-");
}

/** The usable volumes of a group with their extents. */
function usableVolumes(
  step: Pick<LvmStep, "volumes" | "thinVolumes">,
): readonly { readonly name: string; readonly extents: number }[] {
  return [...step.volumes.filter(({ layout }) => layout !== "thin-pool"), ...step.thinVolumes];
}

function makeCommands(step: LvmStep): (readonly string[])[] {
  return step.made ? [activateCommand(step)] : groupCommands(step);
}

async function make(step: LvmStep, context: StepContext): Promise<void> {
  for (const argv of makeCommands(step)) await context.exec(argv, { object: `lvm.${step.name}` });
}

async function difference(step: LvmStep, context: StepContext): Promise<string | undefined> {
  const { stdout } = await context.exec(volumeReport(step.name, step.configuration), {
    object: `lvm.${step.name}`,
  });
  const volumes = [...step.volumes, ...step.thinVolumes].map(({ name, extents }) => ({
    name,
    size: extents * extentSize,
  }));
  return groupDifference(stdout, step.name, volumes);
}

/** What the kernel and udev have in `/dev` themselves; LVM makes a directory there with the name of each group. */
const deviceNames =
  /^(?:block|bsg|bus|char|console|core|cpu|disk|dma_heap|dri|fd\d*|full|fuse|hpet|hugepages|input|kmsg|kvm|log|mapper|mem|mqueue|net|null|port|ptmx|pts|random|rfkill|shm|snd|std(?:in|out|err)|uinput|urandom|vfio|zero|(?:dm-|hidraw|loop|md|nbd|ram|rtc|sr|tty|vcs|zram)\d*|nvme[\dnp]*|(?:sd|vd|xvd)[a-z]+\d*)$/;

/** Refuses a group of the same name on a disk that is not wiped: only one can be active. */
function refuseNamesake(name: string, { facts, ownDisks }: PlanContext): void {
  const other = facts.disks
    .filter(({ path }) => !ownDisks.includes(path))
    .flatMap(({ groups }) => groups ?? [])
    .find((group) => group.kind === "volume-group" && group.name === name);
  if (other === undefined) return;
  throw new InstallerError(
    "refused",
    `lvm.${name}: ${other.device} belongs to another volume group of the name ${name}`,
    {
      object: `lvm.${name}`,
      finding: "preflight/name-taken",
      hint: "Give the new group another name, rename the other (vgrename), or take its disks away.",
    },
  );
}

/** `[lvm.NAME]`: a volume group of LVM and its logical volumes (lvm(8)). */
export const lvm: StorageObject<typeof schema, LvmStep> = {
  table: "lvm",
  kind: {
    what: "a volume group",
    madeOn: "devices",
    gives: () => "parts",
    parts: { key: "volume", what: "volume" },
    refusesName: (name) =>
      deviceNames.test(name) ? `/dev/${name} is something else already` : undefined,
    mapperName: (name, part) => volumeMapping(name, part ?? ""),
    hiddenFromGrub: (_, part) =>
      part?.type === "thin" ? "of which GRUB cannot read thin volumes" : undefined,
  },
  schema,
  programs: ["lvcreate", "lvs", "pvcreate", "thin_check", "vgchange", "vgcreate"],
  kernelModules: ["dm-mod", "dm-raid", "dm-thin-pool", "raid1"],
  gives: (name, { volume }) =>
    volume.filter(({ type }) => type !== "thin-pool").map((each) => `${name}.${each.name}`),
  madeOn: ({ devices }) => devices,
  plan: (name, table, context) => {
    const object = `lvm.${name}`;
    const devices = devicesToOverwrite(object, table.devices, context);
    const disks = [...new Set(devices.flatMap((device) => device.disks))];
    refuseNamesake(name, context);
    const group = planGroup(object, devices, table.volume);
    const seed = devices[0]?.seed ?? "";
    const made = devices.every((device) => device.made);
    const configuration = lvmConfiguration({
      devices: devices.map(({ path }) => path),
      udev: context.facts.liveSystem.udev,
      thinCheck: context.facts.tools.thin_check !== undefined,
    });
    const step: LvmStep = {
      kind: "lvm",
      id: `lvm/${name}`,
      name,
      made,
      configuration,
      physicalVolumes: devices.map(({ path, reference }) => ({
        device: path,
        uuid: formatLvmUuid(deterministicUuid(seed, `${object}/${reference}`)),
      })),
      ...group,
    };
    const given = usableVolumes(group).map(
      (volume): PlannedDevice => ({
        reference: `${name}.${volume.name}`,
        path: volumePath(name, volume.name),
        size: volume.extents * extentSize,
        sectorSize: Math.max(...devices.map(({ sectorSize }) => sectorSize)),
        seed,
        disks,
        kept: false,
        made,
        isEfiSystemPartition: false,
      }),
    );
    return { steps: [step], devices: given, findings: judgeOvercommit(object, group) };
  },
  outcome: (step) => {
    const { name, physicalVolumes, made } = step;
    const on = physicalVolumes.map(({ device }) => device);
    return {
      contents: physicalVolumes.map(({ device, uuid }) => ({
        device,
        type: "LVM2_member",
        isNew: !made,
        uuid,
        group: name,
      })),
      devices: usableVolumes(step).map((volume) => ({
        path: volumePath(name, volume.name),
        size: volume.extents * extentSize,
        on,
        isNew: !made,
      })),
    };
  },
  step: storageStep<LvmStep>({
    kind: "lvm",
    writesDisk: true,
    describe: ({ name, physicalVolumes, volumes, thinVolumes, made }) => {
      const list = [...volumes, ...thinVolumes].map(
        (volume) => `${volume.name} ${formatSize(volume.extents * extentSize)}`,
      );
      const on = physicalVolumes.map(({ device }) => device);
      return `${made ? "Activate" : "Make"} the volume group ${name} on ${on.join(", ")} (${list.join(", ")})`;
    },
    commands: (step) => [...makeCommands(step), volumeReport(step.name, step.configuration)],
    programs: ({ volumes, configuration }) => [
      "vgchange",
      ...(volumes.some(({ layout }) => layout === "thin-pool") && hasThinCheck(configuration)
        ? ["thin_check"]
        : []),
    ],
    details: ({ physicalVolumes }) =>
      physicalVolumes.map(({ device, uuid }) => `${device}  UUID=${uuid}`),
    kernelModules: ({ volumes }) => [
      "dm-mod",
      ...(volumes.some(({ layout }) => layout === "raid1") ? ["dm-raid", "raid1"] : []),
      ...(volumes.some(({ layout }) => layout === "thin-pool") ? ["dm-thin-pool"] : []),
    ],
    difference,
    make,
    letGo: {
      what: ({ name }) => `the volume group ${name}`,
      release: ({ name, configuration }) => deactivateGroup(name, configuration),
    },
  }),
};
