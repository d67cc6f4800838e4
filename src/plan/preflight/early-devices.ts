import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { describeDevice, stablePath } from "./devices/describe-device.ts";
import { parseDeviceName } from "./devices/device-name.ts";
import { devicesBelow, type FutureDevice, findDevices } from "./devices/future-device.ts";
import { isLuksKnown, knownInitrd, type OpenedLuks, openedLuks } from "./devices/opened-luks.ts";
import { fstabSource, isMountedAtBoot, isMountedEarly, isOptional } from "./fstab-entry.ts";
import type { JudgeInputs } from "./judge-inputs.ts";

/** A device that something needs when the system boots. */
interface NeededDevice {
  readonly device: FutureDevice;
  /** What needs it: a mount point, `swap`. */
  readonly user: string;
  /** Whether the initrd needs it. */
  readonly isEarly: boolean;
}

/** The devices of one file system: those that a name leads to, and the others that it lies on. */
function devicesNamed(written: string, { future }: JudgeInputs): readonly FutureDevice[] {
  // bcachefs takes all of its devices at once.
  const [first = ""] = written.split(":/");
  const name = parseDeviceName(first);
  const found = name === undefined ? [] : findDevices(name, future).found;
  const uuids = found.map(({ content }) => content?.uuid).filter((uuid) => uuid !== undefined);
  const others = future.devices.filter(
    ({ content }) => content?.uuid !== undefined && uuids.includes(content.uuid),
  );
  return [...new Set([...found, ...others])];
}

/** The devices of a ZFS pool of the manifest. */
function poolDevices(dataset: string, { storage, future }: JudgeInputs): readonly FutureDevice[] {
  const [pool = ""] = dataset.split("/");
  const { members = [], pool: type } = storage.devices.get(pool) ?? {};
  return type === "zfs" ? future.devices.filter(({ node }) => members.includes(node)) : [];
}

/** The devices that the system's mounts and swap are made of, down to the partitions. */
function neededDevices(inputs: JudgeInputs): NeededDevice[] {
  const { system, future } = inputs;
  const needed = (devices: readonly FutureDevice[], user: string, isEarly: boolean) =>
    devices.flatMap(({ node }) =>
      devicesBelow(node, future).map((device): NeededDevice => ({ device, user, isEarly })),
    );
  const mounts = [
    ...system.fstab.map((entry) => ({ entry, isEarly: isMountedEarly(entry) })),
    ...(knownInitrd(system)?.mounts ?? []).map((entry) => ({ entry, isEarly: true })),
  ]
    .filter(({ entry }) => isMountedAtBoot(entry) && !isOptional(entry))
    .flatMap(({ entry, isEarly }) => {
      const { device, mountPoint } = entry;
      switch (fstabSource(entry)) {
        case "swap":
          return needed(devicesNamed(device, inputs), "swap", false);
        case "device":
          return needed(devicesNamed(device, inputs), mountPoint, isEarly);
        case "dataset":
          return needed(poolDevices(device, inputs), mountPoint, isEarly);
        case "bind":
        case "virtual":
        case "network":
          break;
      }
      return [];
    });
  const resumed = system.kernelParameters
    .filter((word) => word.startsWith("resume="))
    .flatMap((word) =>
      needed(devicesNamed(word.slice("resume=".length), inputs), "resuming", true),
    );
  return [...mounts, ...resumed];
}

/** Each of them once, with the users that need it earliest. */
function byNode(needed: readonly NeededDevice[]): NeededDevice[] {
  return [...Map.groupBy(needed, ({ device }) => device.node).values()].flatMap((same) => {
    const first = same.find(({ isEarly }) => isEarly) ?? same[0];
    return first === undefined ? [] : [first];
  });
}

function opens({ device }: OpenedLuks, container: string, inputs: JudgeInputs): boolean {
  const name = parseDeviceName(device);
  return (
    name !== undefined &&
    findDevices(name, inputs.future).found.some(({ node }) => node === container)
  );
}

function luksOption(name: string, container: FutureDevice | undefined): string {
  const device = container === undefined ? "" : `.device = "${stablePath(container)}"`;
  return `boot.initrd.luks.devices."${name}"${device}`;
}

/** Whether LUKS devices are opened before they are needed. */
function judgeNeededLuks(inputs: JudgeInputs, needed: readonly NeededDevice[]): Finding[] {
  const { system, future } = inputs;
  const opened = openedLuks(system);
  return needed.flatMap(({ device, user, isEarly }) => {
    const [container] = device.madeOn;
    if (device.layer !== "luks" || !device.isPlanned || container === undefined) return [];
    const openers = opened.filter((each) => opens(each, container, inputs));
    const inTime = openers.some((each) => each.isEarly || !isEarly);
    if (inTime || (!isLuksKnown(system) && (isEarly || openers.length === 0))) return [];
    const late = openers.length > 0 ? ", but only etc/crypttab, which is too late" : "";
    const below = future.devices.find(({ node }) => node === container);
    return [
      makeFinding(
        "preflight/luks-not-opened",
        `luks.${device.name}`,
        `the system needs it for ${user}, and its initrd does not open it${late}`,
        `Set ${luksOption(device.name, below)} in the NixOS configuration.`,
      ),
    ];
  });
}

/** Whether what the system opens is there, and is LUKS. */
function judgeOpened(inputs: JudgeInputs): Finding[] {
  return openedLuks(inputs.system).flatMap((each) => {
    const { name, device, isEarly, isOptional: mayBeMissing, source } = each;
    const parsed = parseDeviceName(device);
    if (parsed === undefined || mayBeMissing) return [];
    const { found, isCertain } = findDevices(parsed, inputs.future);
    const [first] = found;
    const isLuks = first === undefined || first.isOpaque || first.content?.type === "crypto_LUKS";
    // What etc/crypttab opens may be plain dm-crypt.
    if ((first !== undefined && (isLuks || !isEarly)) || (first === undefined && !isCertain)) {
      return [];
    }
    const problem =
      first === undefined
        ? "and nothing on this machine will be that"
        : `but ${describeDevice(first)} will carry ${first.content?.type ?? "nothing"}`;
    const planned = inputs.future.devices.filter(
      ({ isPlanned, content }) => isPlanned && content?.type === "crypto_LUKS",
    );
    const [only] = planned.length === 1 ? planned : [];
    const option = luksOption(name, only);
    return [
      makeFinding(
        isEarly ? "preflight/luks-device-missing" : "preflight/crypttab-device-missing",
        isEarly ? `boot.initrd.luks.devices."${name}"` : `etc/crypttab "${name}"`,
        `${source} ${source === "the kernel parameters" ? "open" : "opens"} ${device} as ${name}, ${problem}`,
        only === undefined
          ? "Add it to the manifest as [luks.NAME], or take it out of the NixOS configuration."
          : `Set ${option} in the NixOS configuration, or make the manifest's device what is asked for.`,
      ),
    ];
  });
}

function judgeNames(inputs: JudgeInputs): Finding[] {
  const opened = openedLuks(inputs.system);
  return inputs.future.devices.flatMap(({ layer, isPlanned, madeOn, name }) => {
    const [container] = madeOn;
    if (layer !== "luks" || !isPlanned || container === undefined) return [];
    const openers = opened.filter((each) => opens(each, container, inputs));
    const [first] = openers;
    if (first === undefined || openers.some((each) => each.name === name)) return [];
    return [
      makeFinding(
        "preflight/luks-name-mismatch",
        `luks.${name}`,
        `${first.source} opens it as /dev/mapper/${first.name}`,
        `Call it [luks.${first.name}] in the manifest, so that both have one name.`,
      ),
    ];
  });
}

/** Whether LUKS devices of the manifest and of the system are the same, and opened in time. Pure. */
export function judgeLuks(inputs: JudgeInputs): Finding[] {
  const needed = byNode(neededDevices(inputs));
  return [...judgeNeededLuks(inputs, needed), ...judgeOpened(inputs), ...judgeNames(inputs)];
}

/** Whether the initrd activates the volume groups that it needs. Pure. */
export function judgeLvm(inputs: JudgeInputs): Finding[] {
  const initrd = knownInitrd(inputs.system);
  if (initrd === undefined || initrd.hasLvm) return [];
  const volumes = byNode(neededDevices(inputs)).filter(
    ({ device, isEarly }) => isEarly && device.layer === "lvm",
  );
  const [volume] = volumes;
  if (volume === undefined) return [];
  return [
    makeFinding(
      "preflight/lvm-not-activated",
      `lvm.${volume.device.name}`,
      `the system needs it for ${volume.user}, and its initrd activates no volume groups`,
      "Set boot.initrd.services.lvm.enable = true in the NixOS configuration.",
    ),
  ];
}

/** The arrays of the manifest that something needs when the system boots. */
export function neededArrays(
  inputs: JudgeInputs,
): { readonly name: string; readonly user: string; readonly isEarly: boolean }[] {
  return byNode(neededDevices(inputs))
    .filter(({ device }) => device.isPlanned && device.layer === "raid")
    .map(({ device, user, isEarly }) => ({ name: device.name, user, isEarly }));
}
