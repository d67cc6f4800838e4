import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { formatSize, MiB } from "../../values/size.ts";
import type { PreflightInputs } from "./inputs.ts";
import { type FileSystemAt, fileSystemAt } from "./mounted-at.ts";

/** Bytes that boot loaders themselves take: programs, modules, menu. */
const loaderSizes = { "systemd-boot": MiB, grub: 12 * MiB, extlinux: 0 } as const;

/** The part of a device that is left for files: FATs and clusters, or inode tables and journal. */
const usablePart: Readonly<Record<string, number>> = { vfat: 0.98 };
const usableOtherwise = 0.9;

/** Where a boot loader copies kernels to, and what else it puts there. */
interface BootPlace {
  readonly path: string;
  readonly loaderSize: number;
}

function bootPlaces({ system }: PreflightInputs): BootPlace[] {
  const { loader, efiSysMountPoint, xbootldrMountPoint, grub = [] } = system.loader;
  switch (loader) {
    case "systemd-boot": {
      const path = xbootldrMountPoint ?? efiSysMountPoint;
      return path === undefined ? [] : [{ path, loaderSize: loaderSizes[loader] }];
    }
    case "grub":
      return grub.map(({ bootPath }) => ({ path: bootPath, loaderSize: loaderSizes[loader] }));
    case "extlinux":
      return [{ path: "/boot", loaderSize: loaderSizes[loader] }];
    case "none":
    case "other":
      break;
  }
  return [];
}

function judgePlace(place: FileSystemAt, loaderSize: number, inputs: PreflightInputs): Finding[] {
  const { storage, system } = inputs;
  const { mountPoint, table } = place;
  const device = storage.devices.get(table.device ?? "");
  const { kernel, initrd } = system.bootFiles;
  if (device === undefined || kernel + initrd === 0) return [];
  const room = Math.floor(device.size * (usablePart[table.type] ?? usableOtherwise));
  const isKept = device.kept && table.format !== true;
  const object = `filesystem."${mountPoint}"`;
  const parts = `kernel ${formatSize(kernel)}, initrd ${formatSize(initrd)}, boot loader ${formatSize(loaderSize)}`;
  const needed = kernel + initrd + loaderSize;
  const hint = `Make ${device.reference} larger: 1GiB is enough for several generations.`;
  if (needed > room) {
    return [
      makeFinding(
        "preflight/boot-room",
        object,
        `what the system boots from needs ${formatSize(needed)} there (${parts}), but ${device.reference} has room for ${formatSize(room)}`,
        hint,
      ),
    ];
  }
  const neededForTwo = needed + kernel + initrd;
  if (neededForTwo <= room || isKept) return [];
  return [
    makeFinding(
      "preflight/boot-room-tight",
      object,
      `${device.reference} has room for ${formatSize(room)}, and two generations need ${formatSize(neededForTwo)} (${parts}): the next one would not fit beside this one`,
      hint,
    ),
  ];
}

/** Whether kernel and initrd fit where the boot loader puts them. Pure. */
export function judgeBootRoom(inputs: PreflightInputs): Finding[] {
  const store = fileSystemAt("/nix/store", inputs.manifest);
  return bootPlaces(inputs).flatMap(({ path, loaderSize }) => {
    const place = fileSystemAt(path, inputs.manifest);
    // GRUB reads kernels from the store where both are on one file system; extlinux's copies are part of its room then.
    if (place === undefined || place.mountPoint === store?.mountPoint) return [];
    return judgePlace(place, loaderSize, inputs);
  });
}
