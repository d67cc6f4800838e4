import type { StorageStep } from "../../../disk/objects/index.ts";
import type { Facts } from "../../../facts/facts.ts";
import type { DeviceContent } from "./future-device.ts";

/** What a step leaves on a device. */
interface PlacedContent extends DeviceContent {
  readonly node: string;
  /** Whether it was there before, with identifiers that only the machine knows. */
  readonly isKept: boolean;
}

function identifiers(step: { readonly uuid?: string; readonly label?: string }) {
  const { uuid, label } = step;
  return { ...(uuid === undefined ? {} : { uuid }), ...(label === undefined ? {} : { label }) };
}

function swapType(content: "made" | "kept" | "every-boot"): string {
  return content === "every-boot" ? "random-swap" : "swap";
}

/** What a step leaves on the devices that it is made on. */
function contentsOf(step: StorageStep): PlacedContent[] {
  switch (step.kind) {
    case "file-system":
      return [{ node: step.device, type: step.type, ...identifiers(step), isKept: !step.format }];
    case "swap":
      return [
        {
          node: step.device,
          type: swapType(step.content),
          ...identifiers(step),
          isKept: step.content === "kept",
        },
      ];
    case "luks":
      return [
        {
          node: step.device,
          type: "crypto_LUKS",
          ...identifiers(step),
          isKept: step.header === undefined,
        },
      ];
    case "raid":
      return step.devices.map((node) => ({
        node,
        type: "linux_raid_member",
        uuid: step.uuid,
        isKept: false,
      }));
    case "lvm":
      return step.physicalVolumes.map(({ device, uuid }) => ({
        node: device,
        type: "LVM2_member",
        uuid,
        isKept: false,
      }));
    case "btrfs":
    case "bcachefs":
      return step.devices.map((node) => ({
        node,
        type: step.kind,
        ...identifiers(step),
        isKept: !step.format,
      }));
    case "zpool":
      return step.devices.map((node) => ({
        node,
        type: "zfs_member",
        label: step.name,
        isKept: !step.format,
      }));
    case "close":
    case "wipe":
    case "layout-made":
    case "partition-table":
    case "swap-file":
    case "mount":
      break;
  }
  return [];
}

/** What a device of the manifest will carry, and whether that is all there is to know of it. */
export interface PlannedContent {
  readonly content: DeviceContent;
  readonly isOpaque: boolean;
}

/** What is kept has its own identifiers, which its signature tells where the device can be seen. */
function withSignature({ node, isKept, ...content }: PlacedContent, facts: Facts): PlannedContent {
  if (!isKept) return { content, isOpaque: false };
  const signature = facts.disks
    .flatMap(({ signatures }) => signatures ?? [])
    .find(({ device, type }) => device === node && type === content.type);
  return signature === undefined
    ? { content, isOpaque: true }
    : { content: { ...content, ...identifiers(signature) }, isOpaque: false };
}

/** What the steps leave on devices, by node. Pure. */
export function plannedContents(
  steps: readonly StorageStep[],
  facts: Facts,
): ReadonlyMap<string, PlannedContent> {
  return new Map(
    steps.flatMap(contentsOf).map((placed) => [placed.node, withSignature(placed, facts)]),
  );
}
