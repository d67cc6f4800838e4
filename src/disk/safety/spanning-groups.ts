import type { Disk, Facts, GroupMember } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { formatSize } from "../../values/size.ts";

/** A disk of the manifest. */
export interface NamedDisk {
  /** Its name in the manifest. */
  readonly name: string;
  readonly disk: Disk;
}

const groupWords: Readonly<Record<GroupMember["kind"], string>> = {
  "volume-group": "the volume group",
  array: "the array",
  btrfs: "the btrfs",
  bcache: "the bcache set",
  bcachefs: "the bcachefs",
  "zfs-pool": "the ZFS pool",
};

const takeOut: Readonly<Record<GroupMember["kind"], string>> = {
  "volume-group": "vgreduce",
  array: "mdadm --remove",
  btrfs: "btrfs device remove",
  bcache: "`detach` of the cached device in sysfs",
  bcachefs: "bcachefs device remove",
  "zfs-pool": "zpool detach or remove",
};

/** Whether a member is one of those that another knows of. */
function knows(one: GroupMember, other: GroupMember): boolean {
  return other.member !== undefined && one.members?.includes(other.member) === true;
}

/** Whether two members belong to the same group: by its UUID, or as one of the members that the other knows of. */
function sameGroup(a: GroupMember, b: GroupMember): boolean {
  if (a.kind !== b.kind) return false;
  if (a.uuid !== undefined && b.uuid !== undefined) return a.uuid === b.uuid;
  return knows(a, b) || knows(b, a);
}

function groupName(member: GroupMember): string {
  const name = member.name === undefined ? "" : ` ${member.name}`;
  return `${groupWords[member.kind]}${name}${member.uuid === undefined ? "" : ` (${member.uuid})`}`;
}

function diskText({ path, size }: Disk): string {
  return `${path} (${formatSize(size)})`;
}

/** A member and the disk that it is on, which may be the same. */
function memberText({ device }: GroupMember, disk: Disk): string {
  return device === disk.path ? diskText(disk) : `${device} on ${diskText(disk)}`;
}

/** The devices that are wiped, or are gone with what is: disks, partitions, and what holders made of them. */
function wipedDevices(wiped: readonly NamedDisk[]): ReadonlySet<string> {
  return new Set(
    wiped.flatMap(({ disk }) => [
      disk.path,
      ...disk.partitions.map(({ path }) => path),
      ...disk.holders.flatMap(({ path }) => path ?? []),
    ]),
  );
}

/** What a group would keep when one of its members is gone. */
interface Remainder {
  /** The group, in words. */
  readonly group: string;
  /** A line for each member that would be left behind. */
  readonly lines: readonly string[];
}

function remainderOf(
  member: GroupMember,
  others: readonly Disk[],
  gone: ReadonlySet<string>,
): Remainder | undefined {
  const foreign = others.flatMap((other) =>
    (other.groups ?? [])
      .filter((each) => !gone.has(each.device) && sameGroup(member, each))
      .map((found) => ({ found, other })),
  );
  if (foreign.length === 0) return undefined;
  const named = [member, ...foreign.map(({ found }) => found)].find(
    (each) => each.name !== undefined,
  );
  return {
    group: groupName(named ?? member),
    lines: foreign.map(({ found, other }) => `  ${memberText(found, other)}: would be left behind`),
  };
}

function spanningGroup(
  { name, disk }: NamedDisk,
  member: GroupMember,
  others: readonly Disk[],
  gone: ReadonlySet<string>,
): Finding | undefined {
  const remainder = remainderOf(member, others, gone);
  if (remainder === undefined) return undefined;
  return makeFinding(
    "preflight/disk-group",
    `disk.${name}`,
    [
      `${disk.path} cannot be wiped alone: ${remainder.group} also has members on disks that are not wiped`,
      `  ${memberText(member, disk)}: would be wiped`,
      ...remainder.lines,
    ].join("\n"),
    `Take the disk out of the group first (${takeOut[member.kind]}), or write \`wipe = true\` for all disks of the ` +
      "group.",
  );
}

/** A device that is made of a disk that is wiped and of one that is not, whatever its kind. */
function spanningDevice(
  { name, disk }: NamedDisk,
  others: readonly Disk[],
  gone: ReadonlySet<string>,
): Finding[] {
  const seen = new Set<string>();
  return disk.holders.flatMap(({ path, name: holder }) => {
    const foreign = others.find((other) =>
      other.holders.some((each) => each.path === path && !gone.has(each.device)),
    );
    if (path === undefined || foreign === undefined || seen.has(path)) return [];
    seen.add(path);
    return [
      makeFinding(
        "preflight/disk-group",
        `disk.${name}`,
        `${disk.path} cannot be wiped alone: ${holder} (${path}) also lies on ` +
          `${diskText(foreign)}, which is not wiped`,
        "Close it first, or write `wipe = true` for that disk too.",
      ),
    ];
  });
}

/**
 * The volume groups, arrays and pools that would lose members to a wipe and keep others: wiping a part of a group
 * destroys it as a whole, so nothing is wiped then. They are told apart by their UUIDs, and found whether they are
 * active or not. Pure.
 *
 * @param wiped Everything that will be wiped together.
 */
export function spanningGroups(
  wiped: readonly NamedDisk[],
  facts: Pick<Facts, "disks">,
): Finding[] {
  const paths = new Set(wiped.map(({ disk }) => disk.path));
  const gone = wipedDevices(wiped);
  const others = facts.disks.filter(({ path }) => !paths.has(path) && !gone.has(path));
  return wiped.flatMap((each) => {
    const groups = (each.disk.groups ?? []).flatMap(
      (member) => spanningGroup(each, member, others, gone) ?? [],
    );
    // What is made of a group lies on all its disks too: telling the group is enough.
    return groups.length > 0 ? groups : spanningDevice(each, others, gone);
  });
}

/** A partition that stays, though what is on it does not: it is formatted. */
export interface FormattedPartition {
  /** What is made on it: `filesystem."/"`. */
  readonly object: string;
  /** Its node. */
  readonly path: string;
}

/**
 * The groups that would lose a member to what is formatted on a disk that is not wiped, and keep others: see
 * {@link spanningGroups}. Pure.
 *
 * @param wiped Everything that will be wiped besides.
 */
export function brokenGroups(
  formatted: readonly FormattedPartition[],
  wiped: readonly NamedDisk[],
  { disks }: Pick<Facts, "disks">,
): Finding[] {
  const gone = new Set([...wipedDevices(wiped), ...formatted.map(({ path }) => path)]);
  const members = disks.flatMap(({ groups }) => groups ?? []);
  return formatted.flatMap(({ object, path }) =>
    members
      .filter(({ device }) => device === path)
      .flatMap((member) => {
        const remainder = remainderOf(member, disks, gone);
        if (remainder === undefined) return [];
        return [
          makeFinding(
            "preflight/disk-group",
            object,
            [
              `${object} cannot be made on ${path}, which is a member of ${remainder.group}`,
              ...remainder.lines,
            ].join("\n"),
            `Take it out of the group first (${takeOut[member.kind]}).`,
          ),
        ];
      }),
  );
}

/** What should be known of groups on disks that are wiped: members that are on no disk of this machine. */
export function missingMembers(
  wiped: readonly NamedDisk[],
  facts: Pick<Facts, "disks">,
): Finding[] {
  const present = new Set(
    facts.disks.flatMap(({ groups }) => (groups ?? []).map(({ member }) => member)),
  );
  const told = new Set<string | undefined>();
  return wiped.flatMap(({ name, disk }) =>
    (disk.groups ?? []).flatMap((member) => {
      const missing = (member.members ?? []).filter((uuid) => !present.has(uuid));
      if (missing.length === 0 || told.has(member.uuid)) return [];
      told.add(member.uuid);
      return [
        makeFinding(
          "preflight/disk-group-incomplete",
          `disk.${name}`,
          `${groupName(member)} has members that were not found (${missing.join(", ")}): ` +
            "what is on them is lost with the rest of the group",
          "Attach them and save what is needed first, if anything is.",
        ),
      ];
    }),
  );
}
