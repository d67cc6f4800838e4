import type { Closure } from "../../src/cache/closure.ts";
import { fileSystemType } from "../../src/disk/file-systems/index.ts";
import { planStorage, type StoragePlan } from "../../src/disk/plan-storage.ts";
import { InstallerError } from "../../src/errors.ts";
import type { Facts } from "../../src/facts/facts.ts";
import type { Manifest } from "../../src/manifest/schema.ts";
import { identifierSeed } from "../../src/plan/identifier-seed.ts";
import { stablePath } from "../../src/plan/preflight/devices/describe-device.ts";
import { plannedDevices } from "../../src/plan/preflight/devices/planned-devices.ts";
import { grubDisks } from "../../src/plan/preflight/grub-places.ts";
import { progressOf } from "../../src/plan/progress.ts";
import type { FstabEntry, SystemInfo } from "../../src/system-info/system-info.ts";

/** What the storage of a manifest comes to; `undefined` where the machine cannot have it. */
function storageOf(manifest: Manifest, facts: Facts): StoragePlan | undefined {
  const root = "/mnt";
  try {
    return planStorage({
      tables: manifest,
      facts,
      root,
      identifierSeed: (name, disk) => identifierSeed(manifest, name, disk),
      progress: progressOf({ manifest, facts, root }),
    });
  } catch (error) {
    if (error instanceof InstallerError && error.reason === "refused") return undefined;
    throw error;
  }
}

/** What udev and NixOS find a planned device by, of what does not follow from a seed. */
function pathOf(reference: string, storage: StoragePlan, facts: Facts): string {
  const planned = storage.devices.get(reference);
  const node = planned?.members?.[0] ?? planned?.path;
  const device = plannedDevices(storage, facts).find((each) => each.node === node);
  if (device === undefined) return reference;
  const { content, layer, partLabel } = device;
  if (content?.label !== undefined) return `LABEL=${content.label}`;
  if (layer === "partition" && partLabel !== undefined) return `PARTLABEL=${partLabel}`;
  return stablePath(device);
}

function mountEntries({ filesystem }: Manifest, storage: StoragePlan, facts: Facts): FstabEntry[] {
  return Object.entries(filesystem).map(([mountPoint, table]) => {
    const { type, options } = table;
    const { source } = fileSystemType(type);
    if (table.type === "bind") {
      return { device: table.device, mountPoint, type: "none", options: ["bind", ...options] };
    }
    const device = "device" in table ? pathOf(table.device, storage, facts) : "none";
    const subvolume = "subvolume" in table ? table.subvolume : undefined;
    return {
      device: "dataset" in table ? `${table.device}/${table.dataset}` : device,
      mountPoint,
      type: source === "device" ? "auto" : type,
      options: [...options, ...(subvolume === undefined ? [] : [`subvol=${subvolume}`])],
    };
  });
}

function swapEntries({ swap }: Manifest, storage: StoragePlan, facts: Facts): FstabEntry[] {
  return Object.values(swap)
    .filter((table) => !table["random-encryption"])
    .map(({ device, file }) => ({
      device: file ?? pathOf(device ?? "", storage, facts),
      mountPoint: "none",
      type: "swap",
      options: ["defaults"],
    }));
}

function loaderOf(manifest: Manifest, facts: Facts, storage: StoragePlan): SystemInfo["loader"] {
  if (facts.firmware.kind === "uefi") {
    const esp = Object.entries(manifest.filesystem).find(
      ([, table]) =>
        "device" in table && storage.devices.get(table.device)?.isEfiSystemPartition === true,
    )?.[0];
    return {
      loader: "systemd-boot",
      efiVariableUse: undefined,
      relaxedChecks: ["esp", "xbootldr"],
      ...(esp === undefined ? {} : { efiSysMountPoint: esp }),
    };
  }
  if (!/^(?:x86_64|i686)-/.test(facts.system))
    return { loader: "extlinux", efiVariableUse: undefined };
  const disks = facts.disks.filter(({ path }) =>
    grubDisks(manifest, storage, facts).includes(path),
  );
  const devices = disks.map(({ links, path }) => links[0] ?? path);
  return {
    loader: "grub",
    efiVariableUse: undefined,
    grub: [{ bootPath: "/boot", devices, forBios: true, forUefi: false }],
  };
}

/** The system that fits a manifest on a machine: for tests of what is found about something else. */
export function matchingSystem(manifest: Manifest, facts: Facts, closure: Closure): SystemInfo {
  const storage = storageOf(manifest, facts);
  const common = {
    closure,
    system: facts.system,
    crypttab: [],
    bootspec: {
      system: facts.system,
      kernel: `${closure.toplevel}/kernel`,
      kernelParams: [],
      label: "NixOS",
      init: `${closure.toplevel}/init`,
      toplevel: closure.toplevel,
      specialisations: {},
    },
    bootFiles: { kernel: 0, initrd: 0 },
    hasEtcOverlay: false,
  };
  if (storage === undefined) {
    const loader = { loader: "systemd-boot", efiVariableUse: undefined } as const;
    return { ...common, kernelParameters: [], fstab: [], loader };
  }
  return {
    ...common,
    kernelParameters: storage.steps.flatMap((step) =>
      step.kind === "luks" && step.uuid !== undefined
        ? [`rd.luks.name=${step.uuid}=${step.name}`]
        : [],
    ),
    fstab: [...mountEntries(manifest, storage, facts), ...swapEntries(manifest, storage, facts)],
    loader: loaderOf(manifest, facts, storage),
  };
}
