import type { Disk, Holder } from "../../facts/facts.ts";
import { quotedLabel } from "../../values/label.ts";
import { formatSize } from "../../values/size.ts";

/** How each kind of holder is told of, before its name. */
export const holderWords: Readonly<Record<Holder["kind"], string>> = {
  mount: "mounted on",
  "nested-mount": "mounted over it",
  swap: "swapped to as",
  "device-mapper": "used by the mapping",
  md: "member of the array",
  loop: "behind the loop device",
  bcache: "used by bcache as",
  "zfs-pool": "member of the imported pool",
  partition: "partitioned:",
  "block-device": "used by the device",
  "exclusive-open": "open exclusively in",
};

/** The devices of a disk: itself and its partitions, in order. */
function devicesOf(disk: Disk): { readonly path: string; readonly size: number }[] {
  return [disk, ...disk.partitions];
}

function holderLines(disk: Disk, device: string, depth: number): string[] {
  return disk.holders
    .filter((holder) => holder.device === device)
    .flatMap((holder) => [
      `${"  ".repeat(depth)}${holderWords[holder.kind]} ${holder.name}`,
      ...(holder.path === undefined ? [] : holderLines(disk, holder.path, depth + 1)),
    ]);
}

/** What keeps a disk busy, as an indented tree: a line for each device that is held, those of its holders below it. */
export function formatHolders(disk: Disk): string {
  return devicesOf(disk)
    .flatMap(({ path, size }) => {
      const lines = holderLines(disk, path, 1);
      return lines.length === 0 ? [] : [`${path} (${formatSize(size)})`, ...lines];
    })
    .join("\n");
}

function groupWords(disk: Disk, device: string): string[] {
  return (disk.groups ?? [])
    .filter((member) => member.device === device && member.kind === "volume-group")
    .flatMap(({ name }) => (name === undefined ? [] : [`volume group "${name}"`]));
}

/**
 * What is on a disk: a line for it and each partition with type, label and size of what was found there, and below each
 * the tree of what uses it.
 */
export function formatContents(disk: Disk): string {
  return devicesOf(disk)
    .flatMap(({ path, size }) => {
      const found = (disk.signatures ?? [])
        .filter(({ device }) => device === path)
        .map(({ type, label }) => (label === undefined ? type : `${type} ${quotedLabel(label)}`));
      const all = [...found, ...groupWords(disk, path)];
      const contents = all.length === 0 ? "no known signature" : all.join(", ");
      const depth = path === disk.path ? 0 : 1;
      return [
        `${"  ".repeat(depth)}${path} (${formatSize(size)}): ${contents}`,
        ...holderLines(disk, path, depth + 1),
      ];
    })
    .join("\n");
}

/** The links to a disk by what it is, not by what is on it, which would not be there after an install. */
export function stableLinks({ links }: Disk): string[] {
  return links.filter((link) => /^\/dev\/disk\/by-id\/(?!lvm-pv-uuid-|md-|dm-)/.test(link));
}

/** One line that lets a person recognise a disk: node, size, model, serial number, links. */
export function formatDisk(disk: Disk): string {
  return [
    `${disk.path} (${formatSize(disk.size)})`,
    disk.model,
    disk.serial === undefined ? undefined : `serial ${disk.serial}`,
    disk.transport,
    stableLinks(disk).join(" "),
  ]
    .filter((part) => part !== undefined && part !== "")
    .join(", ");
}
