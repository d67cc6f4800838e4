import { partitionTypeId, partitionTypeName } from "../disk/partitioning/partition-types.ts";
import { type DeviceOutline, textAt } from "./outline.ts";

/**
 * The type of a partition by its name, `esp`, `linux`, however it is written. `undefined` for what is no partition, for a kept partition
 * whose type the manifest does not tell, and for a type that is no text.
 */
export function partitionType({ object, part }: DeviceOutline): string | undefined {
  if (object.table !== "disk" || part === undefined) return undefined;
  const { type, keep } = part.values;
  if (type === undefined) return keep === true ? undefined : "linux";
  const text = textAt(part.values, ["type"]) ?? "";
  const id = partitionTypeId("gpt", text) ?? partitionTypeId("msdos", text);
  return id === undefined ? textAt(part.values, ["type"]) : partitionTypeName(id);
}
