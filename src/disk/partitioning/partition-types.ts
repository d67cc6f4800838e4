/** A partition type that has a name: what it is in a GUID partition table and, if there is such a type, in an msdos one. */
interface NamedType {
  readonly guid: string;
  /** As sfdisk shows it: hexadecimal, lower case, without leading zeros. */
  readonly msdos?: string;
}

/**
 * Partition types by name. Names and GUIDs are those of the Discoverable Partitions Specification and of
 * systemd-repart, those of firmware of the UEFI specification 2.10 (table 5.7) and the GRUB manual ("BIOS
 * installation"); msdos types are those of `sfdisk --label dos --list-types`.
 */
const namedTypes = {
  esp: { guid: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", msdos: "ef" },
  xbootldr: { guid: "BC13C2FF-59E6-4262-A352-B275FD6F7172", msdos: "ea" },
  "bios-boot": { guid: "21686148-6449-6E6F-744E-656564454649" },
  prep: { guid: "9E1A2D38-C612-4316-AA26-8B49521E5A8B", msdos: "41" },
  linux: { guid: "0FC63DAF-8483-4772-8E79-3D69D8477DE4", msdos: "83" },
  "linux-generic": { guid: "0FC63DAF-8483-4772-8E79-3D69D8477DE4", msdos: "83" },
  swap: { guid: "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", msdos: "82" },
  "linux-lvm": { guid: "E6D6D379-F507-44C2-A23C-238F2A3DF928", msdos: "8e" },
  "linux-raid": { guid: "A19D880F-05FC-4D3B-A006-743F0F84911E", msdos: "fd" },
  "linux-reserved": { guid: "8DA63339-0007-60C0-C436-083AC8230908" },
  luks: { guid: "CA7D7CCB-63ED-4C53-861C-1742536059CC", msdos: "e8" },
  home: { guid: "933AC7E1-2EB4-4F13-B844-0E14E2AEF915" },
  srv: { guid: "3B8F8425-20E0-4F3B-907F-1A25A76F98E8" },
  var: { guid: "4D21B016-B534-45C2-A9FB-5C16E091FD2D" },
  tmp: { guid: "7EC6F557-3BC5-4ACA-B293-16EF5DF639D1" },
  "user-home": { guid: "773F91EF-66D4-49B5-BD83-D683BF40AD16" },
  "root-x86": { guid: "44479540-F297-41B2-9AF7-D131D5F0458A" },
  "root-x86-64": { guid: "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709" },
  "root-arm": { guid: "69DAD710-2CE4-4E3C-B16C-21A1D49ABED3" },
  "root-arm64": { guid: "B921B045-1DF0-41C3-AF44-4C6F280D3FAE" },
  "root-loongarch64": { guid: "77055800-792C-4F94-B39A-98C91B762BB6" },
  "root-ppc64-le": { guid: "C31C45E6-3F39-412E-80FB-4809C4980599" },
  "root-riscv64": { guid: "72EC70A6-CF74-40E6-BD49-4BDA08E8F224" },
  "root-s390x": { guid: "5EEAD9A9-FE09-4A1E-A1D7-520D00531306" },
  "usr-x86": { guid: "75250D76-8CC6-458E-BD66-BD47CC81A812" },
  "usr-x86-64": { guid: "8484680C-9521-48C6-9C11-B0720656F69E" },
  "usr-arm": { guid: "7D0359A3-02B3-4F0A-865C-654403E70625" },
  "usr-arm64": { guid: "B0E01050-EE5F-4390-949A-9101B17104E9" },
  "usr-loongarch64": { guid: "E611C702-575C-4CBE-9A46-434FA0BF7E3F" },
  "usr-ppc64-le": { guid: "15BB03AF-77E7-4D4A-B12B-C0D084F7491C" },
  "usr-riscv64": { guid: "BEAEC34B-8442-439B-A40B-984381ED097D" },
  "usr-s390x": { guid: "8A4F5770-50AA-4ED3-874A-99B710DB6FEA" },
  "microsoft-basic-data": { guid: "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", msdos: "7" },
  "microsoft-reserved": { guid: "E3C9E316-0B5C-4DB8-817D-F92DF00215AE" },
  "windows-recovery": { guid: "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", msdos: "27" },
  "apple-apfs": { guid: "7C3457EF-0000-11AA-AA11-00306543ECAC" },
  "apple-hfs": { guid: "48465300-0000-11AA-AA11-00306543ECAC", msdos: "af" },
  zfs: { guid: "6A898CC3-1DD2-11B2-99A6-080020736631", msdos: "bf" },
  "freebsd-zfs": { guid: "516E7CBA-6ECF-11D6-8FF8-00022D09712B" },
} as const satisfies Readonly<Record<string, NamedType>>;

/** The names of all partition types that have one. */
export const partitionTypeNames: readonly string[] = Object.keys(namedTypes);

/** The kinds of partition tables. */
export type TableLabel = "gpt" | "msdos";

/** The type of an EFI system partition in each kind of table. */
const efiSystemTypes: readonly string[] = [namedTypes.esp.guid, namedTypes.esp.msdos];

/** The type of the partition in which GRUB puts its core image on a disk with a GUID partition table. */
export const biosBootType: string = namedTypes["bios-boot"].guid;

/** What a type of a GUID partition table looks like, and a number of an msdos one. */
export const guidPattern = /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;
export const numberPattern = /^0[xX][0-9A-Fa-f]{1,2}$/;

function namedType(name: string): NamedType | undefined {
  return Object.entries<NamedType>(namedTypes).find(([known]) => known === name)?.[1];
}

/**
 * The type that a manifest's `type` stands for in a partition table, in the form of `sfdisk --json`: a GUID in upper
 * case, or a hexadecimal number in lower case. `undefined` when there is no such type in that kind of table.
 *
 * @param type A name, a GUID, or for msdos a number such as `0x83`.
 */
export function partitionTypeId(label: TableLabel, type: string): string | undefined {
  const named = namedType(type);
  if (label === "gpt") {
    if (named !== undefined) return named.guid;
    return guidPattern.test(type) ? type.toUpperCase() : undefined;
  }
  if (named !== undefined) return named.msdos;
  const value = numberPattern.test(type) ? Number.parseInt(type, 16) : 0;
  return value === 0 ? undefined : value.toString(16);
}

/** The name of a type of {@link partitionTypeId}, for messages; the type itself when it has none. */
export function partitionTypeName(id: string): string {
  const found = Object.entries<NamedType>(namedTypes).find(
    ([, { guid, msdos }]) => guid === id || msdos === id,
  );
  if (found !== undefined) return found[0];
  return id.includes("-") ? id : `0x${id}`;
}

/** Whether firmware takes a partition of this type for an EFI system partition. @param id As {@link partitionTypeId} gives it. */
export function isEfiSystemType(id: string): boolean {
  return efiSystemTypes.includes(id);
}
