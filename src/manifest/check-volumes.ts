import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import { type ObjectOutline, type Outline, type PartOutline, textAt } from "./outline.ts";
import { closest } from "./suggest.ts";

/** Types of volumes that are spread over devices. */
const spreadTypes: readonly string[] = ["raid1", "striped"];

function checkThinPool(group: ObjectOutline, { path, values }: PartOutline): Finding[] {
  const pool = textAt(values, ["pool"]);
  if (values.type !== "thin" || pool === undefined) return [];
  const found = group.parts.find(({ name }) => name === pool);
  if (found?.values.type === "thin-pool") return [];
  const pools = group.parts.flatMap(({ name, values: { type } }) =>
    type === "thin-pool" && name !== undefined ? [name] : [],
  );
  const meant = closest(pool, pools);
  return [
    {
      path: [...path, "pool"],
      side: "value",
      message:
        found === undefined
          ? `${formatKeyPath(group.path)} has no volume ${JSON.stringify(pool)}`
          : `${formatKeyPath(group.path)} has a volume ${JSON.stringify(pool)}, but it is no thin pool`,
      expected: meant === undefined ? 'the name of a volume with type = "thin-pool"' : undefined,
      suggestion: meant === undefined ? undefined : JSON.stringify(meant),
    },
  ];
}

function checkSpread(group: ObjectOutline, { path, values }: PartOutline): Finding[] {
  const type = textAt(values, ["type"]) ?? "";
  const { devices } = group.values;
  if (!spreadTypes.includes(type) || !Array.isArray(devices) || devices.length !== 1) return [];
  return [
    {
      path: [...path, "type"],
      side: "value",
      message: `a volume of type ${type} needs two devices, but ${formatKeyPath(group.path)} has one`,
    },
  ];
}

/** What the volumes of a group say about each other and the group. */
export function checkVolumes({ objects }: Outline): Finding[] {
  return objects
    .filter(({ table }) => table === "lvm")
    .flatMap((group) =>
      group.parts.flatMap((volume) => [
        ...checkThinPool(group, volume),
        ...checkSpread(group, volume),
      ]),
    );
}
