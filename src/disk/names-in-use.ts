import type { Facts, Signature } from "../facts/facts.ts";
import type { Finding } from "../findings/finding.ts";
import { makeFinding } from "../findings/make-finding.ts";
import { objectOfStep } from "../findings/step-object.ts";
import { formatSize } from "../values/size.ts";
import { partitionPath } from "./partitioning/partition-path.ts";

/** What a step puts on devices, as far as it can be found again by it. */
export interface NamedContent {
  /** The step's. */
  readonly id: string;
  /** The nodes it is put on. */
  readonly devices: readonly string[];
  readonly uuid?: string;
  readonly label?: string;
}

/** What a step says of how what it makes can be found again. */
export function namedContent(step: {
  readonly id: string;
  readonly device?: string;
  readonly devices?: readonly string[];
  readonly uuid?: string;
  readonly label?: string;
}): NamedContent {
  const { id, device, devices, uuid, label } = step;
  return {
    id,
    devices: devices ?? (device === undefined ? [] : [device]),
    ...(uuid === undefined ? {} : { uuid }),
    ...(label === undefined ? {} : { label }),
  };
}

const anotherSeed =
  "Wipe that disk too (wipe = true), take it out, or choose another seed in [system].";

/** What stays on the machine, besides what steps put there. */
function remainingSignatures(
  contents: readonly NamedContent[],
  ownDisks: readonly string[],
  { disks }: Facts,
): readonly Signature[] {
  const rewritten = new Set(contents.flatMap(({ devices }) => devices));
  return disks
    .filter(({ path }) => !ownDisks.includes(path))
    .flatMap(({ signatures }) => signatures ?? [])
    .filter(({ device }) => !rewritten.has(device));
}

function describe({ type, device, size }: Signature): string {
  return `the ${type} on ${device} (${formatSize(size)})`;
}

/**
 * Looks for what stays on the machine with a name that something of the manifest has or gets: the installed system would
 * find one or the other by it, as `/dev/disk/by-uuid` and `by-label` have one of each. Pure.
 *
 * @param ownDisks The kernel's nodes of the disks on which nothing of others stays.
 * @returns A warning for each label, an error for each UUID: nobody gives the same to two things on purpose.
 */
export function judgeNamesInUse(
  contents: readonly NamedContent[],
  ownDisks: readonly string[],
  facts: Facts,
): Finding[] {
  const remaining = remainingSignatures(contents, ownDisks, facts);
  return contents.flatMap(({ id, uuid, label }) => {
    const twin = remaining.find((signature) => uuid !== undefined && signature.uuid === uuid);
    if (twin !== undefined) {
      const message = `it gets the UUID ${uuid}, which ${describe(twin)} has already`;
      return [makeFinding("preflight/identifier-in-use", objectOfStep(id), message, anotherSeed)];
    }
    const same = remaining.find((signature) => label !== undefined && signature.label === label);
    if (same === undefined) return [];
    return [
      makeFinding(
        "preflight/label-in-use",
        objectOfStep(id),
        `it has the label ${label}, and so has ${describe(same)}, which stays: by its label the installed system may find the other`,
        "Choose another label, wipe that disk too (wipe = true), or take it out.",
      ),
    ];
  });
}

/** Partitions that a step adds to a table, new or kept. */
export interface NewPartitions {
  /** The step's. */
  readonly id: string;
  readonly partitions: readonly { readonly name: string; readonly uuid: string }[];
}

/**
 * Looks for partitions on disks that stay which have the PARTUUID of a new one: firmware and boot loaders find theirs by
 * it. Pure.
 *
 * @param ownDisks The kernel's nodes of the disks on which nothing of others stays.
 */
export function judgePartitionIds(
  tables: readonly NewPartitions[],
  ownDisks: readonly string[],
  { disks }: Facts,
): Finding[] {
  const remaining = disks
    .filter(({ path }) => !ownDisks.includes(path))
    .flatMap(({ path, table }) =>
      (table?.partitions ?? []).map(({ number, uuid }) => ({
        path: partitionPath(path, number),
        uuid,
      })),
    );
  return tables.flatMap(({ id, partitions }) =>
    partitions.flatMap(({ name, uuid }) => {
      const twin = remaining.find((partition) => partition.uuid === uuid);
      if (twin === undefined) return [];
      const message = `partition ${name} gets the PARTUUID ${uuid}, which ${twin.path} has already`;
      return [makeFinding("preflight/identifier-in-use", objectOfStep(id), message, anotherSeed)];
    }),
  );
}
