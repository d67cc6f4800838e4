import { formatContents, formatDisk } from "../disk/safety/disk-tree.ts";
import type { Disk, Facts } from "../facts/facts.ts";
import { howToGet } from "../plan/packages.ts";
import { formatSize } from "../values/size.ts";

/** Columns of the names of the facts. */
const nameWidth = 13;

function fact(name: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === 0 ? name : "").padEnd(nameWidth) + line);
}

function firmwareText({ firmware }: Facts): string {
  if (firmware.kind === "bios") return "BIOS";
  const { bits, efiVariables, freeSpace, secureBoot, setupMode } = firmware;
  const left = freeSpace === undefined ? "" : ` (${formatSize(freeSpace)} left)`;
  const parts = [
    "UEFI",
    `${bits} bit`,
    `variables ${efiVariables}${left}`,
    ...(secureBoot === undefined ? [] : [`Secure Boot ${secureBoot ? "on" : "off"}`]),
    ...(setupMode === true ? ["setup mode"] : []),
  ];
  return parts.join(", ");
}

function liveSystemText({ liveSystem }: Facts): string {
  const { name, kernel, rootType, udev, selinux } = liveSystem;
  const parts = [
    name,
    `Linux ${kernel}`,
    `/ on ${rootType}`,
    udev ? "udev" : "no udev",
    ...(selinux === undefined ? [] : [`SELinux ${selinux}`]),
  ];
  return parts.join(", ");
}

function networkLines({ network }: Facts): string[] {
  const { interfaces, routes, resolvers } = network;
  return [
    ...interfaces.map(({ name, state, mac, addresses }) =>
      [`${name} ${state}`, ...(mac === undefined ? [] : [mac]), ...addresses].join(", "),
    ),
    ...routes
      .filter(({ destination }) => destination === "default")
      .map((route) => `default route ${route.gateway ?? "direct"} on ${route.interface}`),
    resolvers.length === 0 ? "no resolver" : `resolvers ${resolvers.join(", ")}`,
  ];
}

function toolLines({ tools, versions }: Facts): string[] {
  const width = Math.max(0, ...Object.keys(tools).map((name) => name.length));
  return Object.entries(tools).map(([name, path]) =>
    `${name.padEnd(width)}  ${(versions[name] ?? "").padEnd(8)}  ${path}`.trimEnd(),
  );
}

function diskLines(disk: Disk): string[] {
  const isEmpty = disk.holders.length === 0 && disk.signatures?.length === 0;
  const drivers = (disk.drivers ?? []).map(({ driver, module }) => module ?? driver);
  return [
    formatDisk(disk),
    ...(drivers.length === 0 ? [] : [`drivers ${drivers.join(", ")}`]),
    ...(disk.liveUse === undefined ? [] : [`the live system runs from it (${disk.liveUse})`]),
    ...(isEmpty ? [] : [formatContents(disk)]),
  ];
}

/** The facts for people. @param missing Programs that some install would run, and that are not there. */
export function renderFacts(facts: Facts, missing: readonly string[]): string {
  const { memory, clock, liveSystem, missingKernelModules } = facts;
  const lines = [
    ...fact("system", [facts.system]),
    ...fact("firmware", [firmwareText(facts)]),
    ...fact("memory", [`${formatSize(memory.total)}, ${formatSize(memory.available)} available`]),
    ...fact("live system", [liveSystemText(facts)]),
    ...fact("clock", [new Date(clock.now).toISOString()]),
    ...fact("network", networkLines(facts)),
    ...fact("tools", toolLines(facts)),
    ...fact(
      "missing",
      missing.map((program) => `${program}: ${howToGet(program, liveSystem)}`),
    ),
    ...fact(
      "no module",
      missingKernelModules.length === 0 ? [] : [missingKernelModules.join(", ")],
    ),
    "",
    ...facts.disks.flatMap(diskLines),
  ];
  return `${lines.join("\n")}\n`;
}
