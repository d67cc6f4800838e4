import type { Facts } from "../facts/facts.ts";
import type { Finding } from "../findings/finding.ts";
import { makeFinding } from "../findings/make-finding.ts";
import type { FormattedPartition } from "./safety/spanning-groups.ts";

/** What is on a partition, for people: `ext4 "home"`. */
function contentOf(path: string, { disks }: Facts): string {
  const found = disks
    .flatMap(({ signatures }) => signatures ?? [])
    .filter(({ device }) => device === path)
    .map(({ type, label }) => (label === undefined ? type : `${type} ${JSON.stringify(label)}`));
  return found.length === 0 ? "nothing known" : [...new Set(found)].join(", ");
}

/**
 * What the user should know of partitions that stay while what is on them does not: nothing else says so before it is
 * gone.
 */
export function judgeOverwritten(
  formatted: readonly FormattedPartition[],
  facts: Facts,
): Finding[] {
  return formatted.map(({ object, path }) =>
    makeFinding(
      "preflight/overwritten",
      object,
      `it is made anew: what is on ${path} is destroyed (${contentOf(path, facts)})`,
      `Leave out format for ${object} to keep it.`,
    ),
  );
}
