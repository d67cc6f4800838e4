import { type DeviceOutline, textAt } from "./outline.ts";

/** GPT types and msdos types that have rules, by what the manifest may write for them besides their alias. */
const aliases: Readonly<Record<string, string>> = {
  "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": "esp",
  "0xef": "esp",
  "21686148-6449-6e6f-744e-656564454649": "bios-boot",
  "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f": "swap",
  "0x82": "swap",
};

/**
 * The type of a partition by its alias: `esp`, `linux`. `undefined` for what is no partition, for a kept partition
 * whose type the manifest does not tell, and for a type that is no text.
 */
export function partitionType({ object, part }: DeviceOutline): string | undefined {
  if (object.table !== "disk" || part === undefined) return undefined;
  const { type, keep } = part.values;
  if (type === undefined) return keep === true ? undefined : "linux";
  const text = textAt(part.values, ["type"])?.toLowerCase() ?? "";
  return aliases[text] ?? textAt(part.values, ["type"]);
}
