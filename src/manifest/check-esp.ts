import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import { type DeviceOutline, type ObjectOutline, type Outline, textAt } from "./outline.ts";
import { partitionType } from "./partition-outline.ts";

/** Metadata of md that lies at the end of each member, so that the member begins as the array does (md(4)). */
const metadataAtEnd: readonly string[] = ["1.0", "0.90"];

/** Whether firmware takes a device for an EFI system partition: it is one, or it is a mirror of such. */
export function isEsp(
  { devices }: Pick<Outline, "devices">,
  device: DeviceOutline | undefined,
  seen: readonly DeviceOutline[] = [],
): boolean {
  if (device === undefined || seen.includes(device)) return false;
  if (partitionType(device) === "esp") return true;
  const { kind, references } = device.object;
  return (
    kind.isTransparent === true &&
    references.some((member) => isEsp({ devices }, devices.get(member.device), [...seen, device]))
  );
}

function checkFileSystem({ path, values }: ObjectOutline, device: string): Finding[] {
  const type = textAt(values, ["type"]);
  if (type === undefined || type === "vfat") return [];
  return [
    {
      path: [...path, "type"],
      side: "value",
      message: `${JSON.stringify(device)} is an EFI system partition, which firmware reads only as vfat`,
      expected: '"vfat"',
    },
  ];
}

/** Firmware knows no arrays: each member must look like a file system of its own. */
function checkArray({ path, values }: ObjectOutline): Finding[] {
  const findings: Finding[] = [];
  const about = `${formatKeyPath(path)} is made of EFI system partitions, each of which firmware reads by itself`;
  if (typeof values.level === "number" && values.level !== 1) {
    findings.push({ path: [...path, "level"], side: "value", message: about, expected: "1" });
  }
  const metadata = values.metadata ?? "1.2";
  if (typeof metadata === "string" && !metadataAtEnd.includes(metadata)) {
    findings.push({
      path: [...path, "metadata"],
      side: "value",
      message: `${about}: they must begin with the file system, not with metadata ${metadata}`,
      expected: values.metadata === undefined ? 'metadata = "1.0"' : '"1.0"',
    });
  }
  return findings;
}

/** Whether firmware can read every EFI system partition that something is made on. */
export function checkEsps(outline: Outline): Finding[] {
  return outline.objects.flatMap((object) => {
    const esps = object.references.filter(({ device }) =>
      isEsp(outline, outline.devices.get(device)),
    );
    const [first] = esps;
    if (first === undefined) return [];
    if (object.table === "filesystem") return checkFileSystem(object, first.device);
    return object.kind.isTransparent === true ? checkArray(object) : [];
  });
}
