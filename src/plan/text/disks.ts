import { partitionTypeName } from "../../disk/partitioning/partition-types.ts";
import { quotedLabel } from "../../values/label.ts";
import { formatSize } from "../../values/size.ts";
import type {
  DeviceAfter,
  DeviceBefore,
  PlannedContent,
  PlannedDisk,
} from "../document/disk-schema.ts";
import { type Page, pad, wrap } from "./layout.ts";

type Device = DeviceBefore | DeviceAfter;

/** A device of one side: the lines of its cell, each already as long as the column allows. */
interface Cell {
  readonly path: string;
  readonly mark: "LOST" | "new" | "keep" | "";
  readonly lines: readonly string[];
}

const markStyles = { LOST: "red", new: "green", keep: "dim", "": "dim" } as const;
const markWidth = 5;

/** What is on a device, in words: `ext4 "nixos"`. */
export function formatContent({ type, label, group }: PlannedContent): string {
  const named = label === undefined ? type : `${type} ${quotedLabel(label)}`;
  return group === undefined ? named : `${named} of ${group}`;
}

function nameOf({ path, name }: Device): string {
  const node = path.replace(/^\/dev\/(?:mapper\/|md\/)?/, "");
  return name === undefined ? node : `${name} (${node})`;
}

/** A device with its size, name, content and use. */
export function describeDevice(device: Device): string {
  const { size, partition, contents, uses, on } = device;
  const type = partition?.type === undefined ? undefined : partitionTypeName(partition.type);
  const what = contents.map(formatContent).join(", ");
  const empty = on.length === 0 ? "empty" : (type ?? "");
  return [
    nameOf(device),
    ...(size === undefined ? [] : [formatSize(size)]),
    ...(partition?.name === undefined ? [] : [partition.name]),
    what === "" ? empty : what,
    uses.join(", "),
  ]
    .filter((text) => text !== "")
    .join("  ");
}

/** How many devices of the same disk a device lies on, one upon the other. */
function depthOf(device: Device, all: readonly Device[]): number {
  const below = all.find(({ path }) => device.on.includes(path));
  return below === undefined ? 0 : 1 + depthOf(below, all);
}

function cells(
  devices: readonly Device[],
  width: number,
  markOf: (device: Device) => Cell["mark"],
): Cell[] {
  return devices.map((device) => {
    const indent = "  ".repeat(depthOf(device, devices));
    const room = width - markWidth - indent.length;
    const lines = wrap(describeDevice(device), room, "  ", "  ").map((line) => indent + line);
    return { path: device.path, mark: markOf(device), lines };
  });
}

/** The cells of both sides beside each other: each device in the row where it is on the other side too. */
function rows(
  before: readonly Cell[],
  after: readonly Cell[],
): { readonly left?: Cell; readonly right?: Cell }[] {
  const paths = new Set(after.map(({ path }) => path));
  const result: { left?: Cell; right?: Cell }[] = [];
  let next = 0;
  for (const left of before) {
    if (!paths.has(left.path)) {
      result.push({ left });
      continue;
    }
    while (after[next] !== undefined && after[next]?.path !== left.path) {
      const right = after[next++];
      if (right !== undefined) result.push({ right });
    }
    const right = after[next++];
    result.push({ left, ...(right === undefined ? {} : { right }) });
  }
  return [...result, ...after.slice(next).map((right) => ({ right }))];
}

/** The line of a cell, padded and with its mark. */
function cellLine(cell: Cell | undefined, index: number, width: number, { paint }: Page): string {
  const text = cell?.lines[index];
  if (cell === undefined || text === undefined) return pad("", width);
  const mark = pad(index === 0 ? cell.mark : "", markWidth);
  return `${paint(markStyles[cell.mark], mark)}${pad(text, width - markWidth)}`;
}

/** A disk in one line: its name in the manifest, node, size, model and serial number. */
export function diskTitle({ name, path, size, model, serial }: PlannedDisk): string {
  return [
    ...(name === undefined ? [] : [`disk.${name}`]),
    path,
    formatSize(size),
    ...(model === undefined ? [] : [model]),
    ...(serial === undefined ? [] : [`serial ${serial}`]),
  ].join("  ");
}

/** A disk as it is and as it will be, side by side; what is lost is marked. */
export function diskLines(disk: PlannedDisk, page: Page): string[] {
  const { paint, columns, unicode } = page;
  const after = disk.after?.devices ?? [];
  const bar = unicode ? " │ " : " | ";
  const width = Math.floor((columns - 2 - bar.length) / 2);
  const left = cells(disk.before.devices, width, (device) =>
    "isLost" in device && device.isLost ? "LOST" : "",
  );
  const right = cells(after, width, (device) => {
    if ("isNew" in device && device.isNew) return "new";
    return device.contents.length > 0 || device.partition !== undefined ? "keep" : "";
  });
  const heads = [pad("now", width), "after"].map((head) => paint("bold", head)).join(bar);
  return [
    ...wrap(diskTitle(disk), columns - 2, "  ", "  ").map((line) => `  ${paint("bold", line)}`),
    ...disk.links.flatMap((link) => wrap(link, columns - 4)).map((line) => `    ${line}`),
    "",
    `  ${heads}`,
    ...rows(left, right).flatMap((row) => {
      const height = Math.max(row.left?.lines.length ?? 0, row.right?.lines.length ?? 0);
      return Array.from({ length: height }, (_, index) => {
        const before = cellLine(row.left, index, width, page);
        const then = cellLine(row.right, index, width, page);
        return `  ${before}${paint("dim", bar)}${then}`.trimEnd();
      });
    }),
    "",
  ];
}
