import type { PlannedDevice } from "../../disk/storage-object.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { Manifest } from "../../manifest/schema.ts";
import { formatSize, parseSize } from "../../values/size.ts";
import type { PreflightInputs } from "./inputs.ts";
import { spaceOn } from "./kept-space.ts";
import { fileSystemAt } from "./mounted-at.ts";

/** What a file system needs beyond the files themselves: block rounding, inodes, the journal. */
const fileSystemOverhead = 1.1;

/** What takes room on the disks beyond file systems themselves: a path of the target, and bytes. */
function contents(manifest: Manifest, narSize: number) {
  const swapFiles = Object.values(manifest.swap).flatMap(({ file, size = "" }) =>
    file === undefined ? [] : [{ path: file, bytes: parseSize(size) ?? 0 }],
  );
  return [{ path: "/nix/store", bytes: narSize * fileSystemOverhead }, ...swapFiles];
}

/** What is to be held by a device, with its mount point. */
interface Held {
  readonly path: string;
  readonly bytes: number;
  readonly mountPoint: string;
  readonly device: PlannedDevice;
  /** Whether the file system stays with what it holds. */
  readonly isKept: boolean;
}

function heldByDevice({ manifest, storage, system }: PreflightInputs): Map<PlannedDevice, Held[]> {
  const placed = contents(manifest, system.closure.narSize).flatMap((content): Held[] => {
    const place = fileSystemAt(content.path, manifest);
    const device = storage.devices.get(place?.table.device ?? "");
    if (place === undefined || device === undefined) return [];
    const isKept = device.kept && place.table.format !== true;
    return [{ ...content, device, mountPoint: place.mountPoint, isKept }];
  });
  return Map.groupBy(placed, ({ device }) => device);
}

/** Whether the closure and the swap files fit on what will hold them. Pure. */
export function judgeRoom(inputs: PreflightInputs): Finding[] {
  return [...heldByDevice(inputs)].flatMap(([device, held]) => {
    const { reference } = device;
    const needed = held.reduce((sum, { bytes }) => sum + bytes, 0);
    const list = held.map(({ path, bytes }) => `${formatSize(bytes)} for ${path}`).join(" and ");
    const object = `filesystem."${held[0]?.mountPoint}"`;
    if (device.size < needed) {
      return [
        makeFinding(
          "preflight/room",
          object,
          `the system needs ${list}, but ${reference} has ${formatSize(device.size)}`,
          `Make ${reference} larger, or the system smaller.`,
        ),
      ];
    }
    const space = held.every(({ isKept }) => isKept) ? spaceOn(device, inputs.facts) : undefined;
    if (space === undefined || space.free >= needed) return [];
    return [
      makeFinding(
        "preflight/room-kept",
        object,
        `the system needs ${list}, less what of it is there already, but what is kept on ${reference} leaves room for ${formatSize(space.free)}`,
        `Delete what is not needed on ${reference}, or make its file system anew.`,
      ),
    ];
  });
}
