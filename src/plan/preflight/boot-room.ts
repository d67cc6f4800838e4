import type { PlannedDevice } from "../../disk/storage-object.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { formatSize, KiB, MiB } from "../../values/size.ts";
import type { PreflightInputs } from "./inputs.ts";
import { spaceOn } from "./kept-space.ts";
import { type FileSystemAt, fileSystemAt } from "./mounted-at.ts";

/** Bytes that boot loaders themselves take: programs, modules, menu. */
const loaderSizes = { "systemd-boot": MiB, grub: 12 * MiB, extlinux: 0 } as const;

/** The part of a device that is left for files: FATs and clusters, or inode tables and journal. */
const usablePart: Readonly<Record<string, number>> = { vfat: 0.98 };
const usableOtherwise = 0.9;

/** Bytes that an entry of the menu takes: a cluster of its own. */
const entrySize = 4 * KiB;

/** Where a boot loader puts something. */
interface BootPlace {
  readonly path: string;
  /** Bytes of the loader itself there. */
  readonly loaderSize: number;
  /** Whether kernels and initrds are copied there. */
  readonly hasKernels: boolean;
  /** Whether specialisations are copied too: the menu of U-Boot has none (nixpkgs, `extlinux-conf-builder.sh`). */
  readonly hasSpecialisations: boolean;
  /** Whether what earlier generations left there is deleted first (nixpkgs, `systemd-boot-builder.py`). */
  readonly replacesFiles: boolean;
}

function systemdBootPlaces({ loader }: PreflightInputs["system"]): BootPlace[] {
  const { efiSysMountPoint: esp, xbootldrMountPoint: xbootldr } = loader;
  const common = { hasKernels: true, hasSpecialisations: true, replacesFiles: true };
  const loaderSize = loaderSizes["systemd-boot"];
  if (esp === undefined) return [];
  if (xbootldr === undefined) return [{ ...common, path: esp, loaderSize }];
  return [
    { ...common, path: esp, loaderSize, hasKernels: false },
    { ...common, path: xbootldr, loaderSize: 0 },
  ];
}

function bootPlaces({ system }: PreflightInputs): BootPlace[] {
  const { loader, grub = [] } = system.loader;
  const common = { hasKernels: true, replacesFiles: false };
  switch (loader) {
    case "systemd-boot":
      return systemdBootPlaces(system);
    case "grub":
      return grub.map(({ bootPath: path }) => ({
        ...common,
        path,
        loaderSize: loaderSizes[loader],
        hasSpecialisations: true,
      }));
    case "extlinux":
      return [
        { ...common, path: "/boot", loaderSize: loaderSizes[loader], hasSpecialisations: false },
      ];
    case "none":
    case "other":
      break;
  }
  return [];
}

/** What goes to such a place for one generation, with its names for messages. */
function generationParts(
  { hasKernels, hasSpecialisations }: BootPlace,
  { bootFiles }: PreflightInputs["system"],
): readonly (readonly [name: string, bytes: number])[] {
  if (!hasKernels) return [];
  const { kernel, initrd, specialisations } = bootFiles;
  const own = [["kernel", kernel] as const, ["initrd", initrd] as const];
  if (!hasSpecialisations || specialisations === undefined) return own;
  const { count, size } = specialisations;
  const name = count === 1 ? "1 specialisation" : `${count} specialisations`;
  return [...own, [name, size + count * entrySize]];
}

/** What boot files may take on a device. */
interface Room {
  readonly bytes: number;
  /** For messages: `main.esp has room for 251 MiB`. */
  readonly text: string;
  readonly remedy: string;
  /** Whether the installer did not choose its size. */
  readonly isKept: boolean;
}

function roomOn(
  device: PlannedDevice,
  { table }: FileSystemAt,
  { replacesFiles }: BootPlace,
  { facts }: PreflightInputs,
): Room {
  const { size, reference } = device;
  const isKept = device.kept && table.format !== true;
  const space = isKept ? spaceOn(device, facts) : undefined;
  if (space === undefined) {
    const bytes = Math.floor(size * (usablePart[table.type] ?? usableOtherwise));
    return {
      bytes,
      text: `${reference} has room for ${formatSize(bytes)}`,
      remedy: `Make ${reference} larger: 1GiB is enough for several generations.`,
      isKept,
    };
  }
  const bytes = space.free + (replacesFiles ? (space.replaceable ?? 0) : 0);
  return {
    bytes,
    text: `what is kept on ${reference} leaves room for ${formatSize(bytes)}`,
    remedy: `Delete what is not needed on ${reference}, or have the boot loader put kernels elsewhere.`,
    isKept,
  };
}

function judgePlace(place: FileSystemAt, bootPlace: BootPlace, inputs: PreflightInputs): Finding[] {
  const { storage, system } = inputs;
  const { mountPoint, table } = place;
  const device = storage.devices.get(table.device ?? "");
  const { kernel, initrd } = system.bootFiles;
  if (device === undefined || kernel + initrd === 0) return [];
  const room = roomOn(device, place, bootPlace, inputs);
  const object = `filesystem."${mountPoint}"`;
  const generation = generationParts(bootPlace, system);
  const generationSize = generation.reduce((sum, [, bytes]) => sum + bytes, 0);
  const { loaderSize } = bootPlace;
  const parts = [...generation, ["boot loader", loaderSize] as const]
    .filter(([, bytes]) => bytes > 0)
    .map(([name, bytes]) => `${name} ${formatSize(bytes)}`)
    .join(", ");
  const needed = generationSize + loaderSize;
  if (needed > room.bytes) {
    return [
      makeFinding(
        "preflight/boot-room",
        object,
        `what the system boots from needs ${formatSize(needed)} there (${parts}), but ${room.text}`,
        room.remedy,
      ),
    ];
  }
  const neededForTwo = needed + generationSize;
  if (neededForTwo <= room.bytes || room.isKept) return [];
  return [
    makeFinding(
      "preflight/boot-room-tight",
      object,
      `${room.text}, and two generations need ${formatSize(neededForTwo)} (${parts}): the next one would not fit beside this one`,
      room.remedy,
    ),
  ];
}

/** Whether kernel and initrd fit where the boot loader puts them. Pure. */
export function judgeBootRoom(inputs: PreflightInputs): Finding[] {
  const store = fileSystemAt("/nix/store", inputs.manifest);
  return bootPlaces(inputs).flatMap((bootPlace) => {
    const place = fileSystemAt(bootPlace.path, inputs.manifest);
    // GRUB reads kernels from the store where both are on one file system; extlinux's copies are part of its room then.
    if (place === undefined || place.mountPoint === store?.mountPoint) return [];
    return judgePlace(place, bootPlace, inputs);
  });
}
