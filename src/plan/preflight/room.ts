import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { Manifest } from "../../manifest/schema.ts";
import { formatSize, parseSize } from "../../values/size.ts";
import type { PreflightInputs } from "./inputs.ts";
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

/** Whether the closure and the swap files fit on what will hold them. Pure. */
export function judgeRoom({ manifest, storage, system }: PreflightInputs): Finding[] {
  const { devices } = storage;
  const placed = contents(manifest, system.closure.narSize).flatMap((content) => {
    const place = fileSystemAt(content.path, manifest);
    const device = devices.get(place?.table.device ?? "");
    return place === undefined || device === undefined
      ? []
      : [{ ...content, device, mountPoint: place.mountPoint }];
  });
  return [...Map.groupBy(placed, ({ device }) => device)].flatMap(([device, held]) => {
    const needed = held.reduce((sum, { bytes }) => sum + bytes, 0);
    if (device.size >= needed) return [];
    const list = held.map(({ path, bytes }) => `${formatSize(bytes)} for ${path}`);
    return [
      makeFinding(
        "preflight/room",
        `filesystem."${held[0]?.mountPoint}"`,
        `the system needs ${list.join(" and ")}, but ${device.reference} has ${formatSize(device.size)}`,
        `Make ${device.reference} larger, or the system smaller.`,
      ),
    ];
  });
}
