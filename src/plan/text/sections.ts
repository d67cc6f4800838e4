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

/** What is read besides the closure: names only, of secrets. */
export function inputLines({ files, secrets }: PlanDocument, { columns }: Page): string[] {
  const rows = files.map(({ object, source, sha256 }) => [
    object,
    [source, ...(sha256 === undefined ? [] : [`(SHA-256 ${sha256})`])].join(" "),
  ]);
  return table([...rows, ...secrets.map(({ object, source }) => [object, source])], columns);
}

const origins = {
  "live-system": "of the live system",
  "portable-store": "of the portable store",
} as const;

/** The programs that are run, and where they were found, by where they come from. */
export function toolLines({ tools }: PlanDocument, { columns }: Page): string[] {
  const origin = ["live-system", "portable-store"] as const;
  return origin.flatMap((from) => {
    const rows = tools
      .filter((tool) => tool.from === from)
      .map(({ name, path, version }) => [name, version ?? "", path ?? "missing"]);
    return rows.length === 0 ? [] : [`  ${origins[from]}`, ...table(rows, columns, "    ")];
  });
}

const loaders = {
  none: "none",
  other: "one that is not known to the installer",
  grub: "GRUB",
  "systemd-boot": "systemd-boot",
  extlinux: "extlinux",
} as const;

/** The boot loader, and where it goes. */
function loaderText({ boot }: PlanDocument): string {
  const { loader, firmware, espMountPoints, devices } = boot;
  const places = [
    ...(firmware === "bios" ? [] : espMountPoints.map((path) => `ESP at ${path}`)),
    ...devices.map((device) => `on ${device}`),
  ];
  return [loaders[loader], ...places].join(", ");
}

/** How the system will be started, and what happens at the end. */
export function bootLines(plan: PlanDocument, { columns }: Page): string[] {
  const { boot, finish, root } = plan;
  const { firmware, efiVariables } = boot;
  const variables = efiVariables ? "its variables are written" : "its variables stay as they are";
  const actions = {
    reboot: "the machine reboots",
    poweroff: "the machine is switched off",
    none: "nothing: the live system keeps running",
  };
  return table(
    [
      ["boot loader", loaderText(plan)],
      ["firmware", firmware === "bios" ? "BIOS" : `UEFI, ${variables}`],
      ["mounted on", `${root} while it is installed`],
      ["at the end", actions[finish]],
    ],
    columns,
  );
}

/** What to do about a finding, set off from what it says as errors have it. */
function hintLines(hint: string, columns: number): string[] {
  const label = "    next  ";
  return wrap(hint, columns - label.length).map(
    (line, index) => (index === 0 ? label : " ".repeat(label.length)) + line,
  );
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
      ...(hint === undefined ? [] : hintLines(hint, columns)),
    ];
  });
}
