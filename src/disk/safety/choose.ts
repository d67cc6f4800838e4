import type { Disk, Facts } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { formatDisk } from "./disk-tree.ts";
import { judgeMatch, type Match, type Verdict } from "./match.ts";

/** The keys of `[disk.NAME]` that say which disk of the machine it is. */
export interface DiskChoice {
  readonly device?: string | undefined;
  /** One description, or alternatives in order. */
  readonly match?: Match | readonly Match[] | undefined;
}

/** The disk that is meant, or why it cannot be told. */
export type ChosenDisk = { readonly disk: Disk } | { readonly finding: Finding };

/** The disks that a device path means: a kernel's node, or one of the links to it. */
function disksOfPath(facts: Facts, device: string): Disk[] {
  return facts.disks.filter(({ path, links }) => path === device || links.includes(device));
}

/** Whether a path is that of a partition of a disk: a kernel's node, or a link to it as udev names them. */
function isPartitionOf({ partitions, links }: Disk, device: string): boolean {
  return (
    partitions.some(({ path }) => path === device) ||
    links.includes(device.replace(/-part\d+$/, ""))
  );
}

function list(disks: readonly Disk[]): string[] {
  return disks.length === 0 ? ["  none"] : disks.map((disk) => `  ${formatDisk(disk)}`);
}

function chooseByPath(object: string, device: string, facts: Facts): ChosenDisk {
  const [disk, ...others] = disksOfPath(facts, device);
  if (disk !== undefined && others.length === 0) return { disk };
  if (disk !== undefined) {
    const message = [`${device} means several disks:`, ...list([disk, ...others])].join("\n");
    const hint = "Name one of them in `device` by something that it alone has.";
    return { finding: makeFinding("preflight/disk-ambiguous", object, message, hint) };
  }
  const owner = facts.disks.find((each) => isPartitionOf(each, device));
  if (owner !== undefined) {
    const message = `${device} is a partition of ${owner.path}, not a whole disk`;
    return { finding: makeFinding("preflight/disk-not-whole", object, message) };
  }
  const message = [
    `there is no disk ${device}; the disks of this machine are:`,
    ...list(facts.disks),
  ].join("\n");
  const hint = "Name one of them in `device`.";
  return { finding: makeFinding("preflight/disk-not-found", object, message, hint) };
}

/** What keeps a disk from being matched, whatever is asked for. */
function exclusions(disk: Disk): Verdict[] {
  const reasons = [
    disk.size === 0 ? "there is no medium in it" : undefined,
    disk.readOnly ? "it is read-only" : undefined,
    disk.liveUse === undefined ? undefined : `the live system runs from it (${disk.liveUse})`,
  ];
  return reasons.flatMap((text) => (text === undefined ? [] : [{ fits: false, text }]));
}

interface Candidate {
  readonly disk: Disk;
  readonly verdicts: readonly Verdict[];
}

function fits({ verdicts }: Candidate): boolean {
  return verdicts.every((verdict) => verdict.fits);
}

function candidateLines({ disk, verdicts }: Candidate): string[] {
  const lines = (wanted: boolean, word: string) =>
    verdicts.filter((verdict) => verdict.fits === wanted).map(({ text }) => `    ${word} ${text}`);
  return [`  ${formatDisk(disk)}`, ...lines(true, "for:"), ...lines(false, "against:")];
}

function left(candidates: readonly Candidate[]): string {
  const count = candidates.filter(fits).length;
  return count === 0 ? "fits no disk" : `fits ${count} disks, not one`;
}

function chooseByMatch(object: string, alternatives: readonly Match[], facts: Facts): ChosenDisk {
  // A loop device is chosen by its path only: it is nothing that a machine has.
  const disks = facts.disks.filter(({ path }) => !/^\/dev\/loop\d+$/.test(path));
  const tried: (readonly Candidate[])[] = [];
  for (const match of alternatives) {
    const candidates = disks.map((disk) => ({
      disk,
      verdicts: [...judgeMatch(disk, match), ...exclusions(disk)],
    }));
    const [only, ...others] = candidates.filter(fits);
    if (only !== undefined && others.length === 0) return { disk: only.disk };
    tried.push(candidates);
  }
  const [first = []] = tried;
  const lines =
    tried.length === 1
      ? [`\`match\` ${left(first)}:`, ...first.flatMap(candidateLines)]
      : [
          `none of the ${tried.length} alternatives of \`match\` fits exactly one disk`,
          ...tried.flatMap((candidates, index) => [
            `alternative ${index + 1} ${left(candidates)}:`,
            ...candidates.flatMap(candidateLines),
          ]),
        ];
  const several = tried.some((candidates) => candidates.some(fits));
  const hint = several
    ? "Add something that only one of them has, such as its serial."
    : "Change `match`, or name the disk in `device`.";
  const message = [...lines, ...(disks.length === 0 ? ["  this machine has no disk"] : [])];
  const id = several ? "preflight/disk-ambiguous" : "preflight/disk-not-found";
  return { finding: makeFinding(id, object, message.join("\n"), hint) };
}

/**
 * The disk of the machine that a table of the manifest means: by its path, or the one that is left by the first
 * alternative of `match` that leaves exactly one. What the live system runs from, read-only and empty drives are never
 * matched. Pure.
 *
 * @param name Its name in the manifest.
 */
export function chooseDisk(name: string, choice: DiskChoice, facts: Facts): ChosenDisk {
  const object = `disk.${name}`;
  const { device, match } = choice;
  if (match !== undefined) return chooseByMatch(object, [match].flat(), facts);
  if (device !== undefined) return chooseByPath(object, device, facts);
  const hint = 'Write device = "/dev/disk/by-id/…" or match = { serial = "…" }.';
  const message = "it says neither `device` nor `match`";
  return { finding: makeFinding("preflight/disk-not-found", object, message, hint) };
}
