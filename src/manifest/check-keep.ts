import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import type { DeviceOutline, ObjectOutline, Outline, Reference } from "./outline.ts";

/** Whether what a device holds was there before: it is kept, or what it is part of is. */
function isKept(
  outline: Outline,
  { object, part }: DeviceOutline,
  seen: readonly ObjectOutline[] = [],
): boolean {
  if (part?.values.keep === true) return true;
  if (object.kind.canStay !== true || object.values.format === true) return false;
  return object.references.some(({ device }) => {
    const below = outline.devices.get(device);
    return (
      below !== undefined &&
      !seen.includes(below.object) &&
      isKept(outline, below, [...seen, object])
    );
  });
}

/** What is made new must not overwrite what is kept. */
function checkOverwritten(object: ObjectOutline, reference: Reference): Finding[] {
  if (object.kind.canStay === true) return [];
  return [
    {
      path: reference.path,
      side: "value",
      message: `${formatKeyPath(object.path)} is made anew and would overwrite ${JSON.stringify(reference.device)}, which is kept`,
      expected: "a device that is not kept",
    },
  ];
}

/** What is made new holds nothing that could stay. */
function checkNothingToKeep({ path, values }: ObjectOutline, reference: Reference): Finding[] {
  if (values.format !== false) return [];
  return [
    {
      path: [...path, "format"],
      side: "value",
      message: `${JSON.stringify(reference.device)} is made anew, and there is nothing on it to keep`,
      expected: "true, or a partition with keep = true",
    },
  ];
}

/** Keys that say how something is made, where it is made by another table. */
const makingKeys = ["label", "mkfs-options", "format"] as const;

/** A file system in a pool is made with the pool. */
function checkInPool(object: ObjectOutline, { object: pool }: DeviceOutline): Finding[] {
  return makingKeys
    .filter((key) => object.values[key] !== undefined)
    .map(
      (key): Finding => ({
        path: [...object.path, key],
        side: "key",
        message: `${JSON.stringify(key)} is told where ${JSON.stringify(pool.name)} is made`,
        expected: `it in [${formatKeyPath(pool.path)}]`,
      }),
    );
}

function checkUse(outline: Outline, object: ObjectOutline, reference: Reference): Finding[] {
  const device = outline.devices.get(reference.device);
  if (device === undefined) return [];
  if (device.object.kind.holds !== undefined) return checkInPool(object, device);
  return isKept(outline, device)
    ? checkOverwritten(object, reference)
    : checkNothingToKeep(object, reference);
}

/** What stays, and what is made anew. */
export function checkKept(outline: Outline): Finding[] {
  return outline.objects.flatMap((object) =>
    object.references.flatMap((reference) => checkUse(outline, object, reference)),
  );
}
