import { formatSize } from "../../values/size.ts";
import type { PlanDocument } from "../document/schema.ts";
import { formatContent } from "./disks.ts";
import { type Page, table, wrap } from "./layout.ts";

/** The heading of a section. */
export function heading(text: string, { paint }: Page): string {
  return paint("bold", text);
}

/** Everything that the install makes or uses, with the identifiers by which it can be found. */
export function identifierLines({ disks }: PlanDocument, { columns }: Page): string[] {
  const lines = new Map<string, string[]>();
  for (const device of disks.flatMap(({ after }) => after?.devices ?? [])) {
    const { path, partition, contents, isNew, uses } = device;
    if (!isNew && uses.length === 0) continue;
    const rows = [
      ...(partition?.uuid === undefined
        ? []
        : [[`partition ${partition.name ?? partition.number}`, `PARTUUID=${partition.uuid}`]]),
      ...contents.flatMap((content) =>
        content.uuid === undefined ? [] : [[formatContent(content), `UUID=${content.uuid}`]],
      ),
    ];
    // A device that lies on several comes once.
    if (rows.length > 0) lines.set(path, table(rows, columns, "    "));
  }
  return [...lines].flatMap(([path, rows]) => [`  ${path}`, ...rows]);
}

/** What is mounted, and what is swapped to. */
export function mountRows({ mounts, swaps }: PlanDocument): string[][] {
  return [
    ...mounts.map(({ mountPoint, source, type, options, isOptional }) => [
      mountPoint,
      source,
      type,
      [...options, ...(isOptional ? ["(may be missing)"] : [])].join(","),
    ]),
    ...swaps.map(({ device, file, size }) => [
      "swap",
      device ?? file ?? "",
      file === undefined ? "" : "file",
      size === undefined ? "" : formatSize(size),
    ]),
  ];
}

function counted(count: number): string {
  return `${count} store path${count === 1 ? "" : "s"}`;
}

/** The size of the system, and what comes from where. */
export function closureLines({ closure }: PlanDocument, { columns }: Page): string[] {
  const { pathCount, downloadSize, narSize, caches } = closure;
  const sizes = `${formatSize(downloadSize)} to download, ${formatSize(narSize)} unpacked`;
  return [
    ...wrap(`${counted(pathCount)}, ${sizes}`, columns - 2, "  ").map((line) => `  ${line}`),
    ...table(
      caches.map((cache) => [
        `from ${cache.url}`,
        `${counted(cache.pathCount)}, ${formatSize(cache.downloadSize)}`,
      ]),
      columns,
    ),
  ];
}

/** The programs that are run, and where they were found. */
export function toolLines({ tools }: PlanDocument, { columns }: Page): string[] {
  return table(
    tools.map(({ name, path, version }) => [name, version ?? "", path ?? "missing"]),
    columns,
  );
}

const loaders = { none: "none", other: "one that is not known to the installer" } as const;

/** How the system will be started, and what happens at the end. */
export function bootLines({ boot, finish, root }: PlanDocument): string[] {
  const { loader, firmware, efiVariables } = boot;
  const variables = efiVariables ? "its variables are written" : "its variables stay as they are";
  const name = loader === "none" || loader === "other" ? loaders[loader] : loader;
  const actions = {
    reboot: "the machine reboots",
    poweroff: "the machine is switched off",
    none: "nothing: the live system keeps running",
  };
  return [
    `  boot loader   ${name}`,
    `  firmware      ${firmware === "bios" ? "BIOS" : `UEFI, ${variables}`}`,
    `  mounted on    ${root} while it is installed`,
    `  at the end    ${actions[finish]}`,
  ];
}

const severityStyles = { error: "red", warning: "magenta", note: "cyan" } as const;

/** What is known beforehand, the gravest first as in the plan. */
export function findingLines({ findings }: PlanDocument, { paint, columns }: Page): string[] {
  return findings.flatMap(({ severity, id, object, message, hint }) => {
    const [first = "", ...rest] = message.split("\n");
    return [
      `  ${paint(severityStyles[severity], severity)} ${paint("dim", `[${id}]`)}`,
      ...wrap(`${object}: ${first}`, columns - 4).map((line) => `    ${line}`),
      ...rest.map((line) => `      ${line}`),
      ...(hint === undefined ? [] : wrap(hint, columns - 4).map((line) => `    ${line}`)),
    ];
  });
}
