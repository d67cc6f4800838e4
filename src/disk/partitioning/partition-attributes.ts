/**
 * GPT attributes by the names that manifests use, with their bit: UEFI specification 2.10, table 5.8, for bits 0 to 2;
 * the Discoverable Partitions Specification and Microsoft's `PARTITION_INFORMATION_GPT` for the others.
 */
const attributeBits = {
  required: 0,
  "no-block-io-protocol": 1,
  "legacy-boot": 2,
  "grow-file-system": 59,
  "read-only": 60,
  hidden: 62,
  "no-automount": 63,
} as const satisfies Readonly<Record<string, number>>;

/** What sfdisk calls the bits that have a name of their own. */
const sfdiskNames: readonly string[] = [
  "RequiredPartition",
  "NoBlockIOProtocol",
  "LegacyBIOSBootable",
];

/** The attributes of partitions in a GUID partition table. */
export const guidAttributes: readonly string[] = Object.keys(attributeBits);

/** The attributes of partitions in an msdos table: `boot` marks the one that a BIOS starts from. */
export const msdosAttributes: readonly string[] = ["boot"];

/**
 * Attributes as sfdisk reads and shows them: GPT's as `RequiredPartition GUID:60,63`, in the order of their bits; that
 * of msdos as it is.
 */
export function formatAttributes(names: readonly string[]): string {
  if (names.includes("boot")) return "boot";
  const bits = Object.entries(attributeBits)
    .filter(([name]) => names.includes(name))
    .map(([, bit]) => bit);
  const named = bits.flatMap((bit) => sfdiskNames[bit] ?? []);
  const others = bits.filter((bit) => sfdiskNames[bit] === undefined);
  return [...named, ...(others.length === 0 ? [] : [`GUID:${others.join(",")}`])].join(" ");
}
