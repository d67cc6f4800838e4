import { formatContents, formatDisk } from "../disk/safety/disk-tree.ts";
import type { Disk, Facts } from "../facts/facts.ts";
import { formatSize } from "../values/size.ts";

function firmwareText({ firmware }: Facts): string {
  if (firmware.kind === "bios") return "BIOS";
  return `UEFI, ${firmware.bits} bit, variables ${firmware.efiVariables}`;
}

function diskLines(disk: Disk): string[] {
  const isEmpty = disk.holders.length === 0 && disk.signatures?.length === 0;
  return [
    formatDisk(disk),
    ...(disk.liveUse === undefined ? [] : [`the live system runs from it (${disk.liveUse})`]),
    ...(isEmpty ? [] : [formatContents(disk)]),
  ];
}

/** The facts for people. */
export function renderFacts(facts: Facts): string {
  const { memory, liveSystem, tools } = facts;
  const lines = [
    `system       ${facts.system}`,
    `firmware     ${firmwareText(facts)}`,
    `memory       ${formatSize(memory.total)}, ${formatSize(memory.available)} available`,
    `live system  ${liveSystem.name}, Linux ${liveSystem.kernel}, / on ${liveSystem.rootType}`,
    `tools        ${Object.values(tools).join(" ")}`,
    "",
    ...facts.disks.flatMap(diskLines),
  ];
  return `${lines.join("\n")}\n`;
}
