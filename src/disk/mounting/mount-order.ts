import { dirname } from "node:path";
import { InstallerError } from "../../errors.ts";
import { orderByNeed } from "../graph.ts";

/** A mount, as far as its place in the order depends on it. Paths are those of the installed system. */
export interface OrderedMount {
  readonly target: string;
  /** The directory that a bind mount shows. */
  readonly source?: string;
  /** Whether what is mounted below the source is shown too. */
  readonly recursive?: boolean;
}

function isBelow(path: string, directory: string): boolean {
  return directory === "/" ? path !== "/" : path.startsWith(`${directory}/`);
}

/** The mount point closest to a path among those given: the path itself or the nearest directory above. */
function holderOf(path: string, targets: ReadonlySet<string>): string | undefined {
  if (targets.has(path)) return path;
  return path === "/" ? undefined : holderOf(dirname(path), targets);
}

/**
 * Orders mounts: each after the one that holds its mount point, and a bind mount after the one that holds its source.
 *
 * @throws {InstallerError} `refused` when mounts wait for each other.
 */
export function orderMounts<Mount extends OrderedMount>(mounts: readonly Mount[]): Mount[] {
  const targets = new Set(mounts.map(({ target }) => target));
  const nodes = mounts
    .toSorted((a, b) => (a.target < b.target ? -1 : 1))
    .map((mount) => {
      const { target, source, recursive } = mount;
      const needs = new Set([target === "/" ? undefined : holderOf(dirname(target), targets)]);
      if (source !== undefined) needs.add(holderOf(source, targets));
      if (source !== undefined && recursive) {
        for (const other of targets) {
          if (isBelow(other, source) && other !== target && !isBelow(other, target))
            needs.add(other);
        }
      }
      return {
        name: target,
        gives: [target],
        needs: [...needs].filter((need) => need !== undefined),
        mount,
      };
    });
  const { order, cycles } = orderByNeed(nodes);
  const [cycle] = cycles;
  if (cycle === undefined) return order.map(({ mount }) => mount);
  throw new InstallerError(
    "refused",
    `these mounts wait for each other: ${[...cycle, cycle[0]].join(" → ")}`,
    {
      object: `filesystem."${cycle[0]}"`,
      finding: "preflight/mount-cycle",
      hint: "Show a directory that lies elsewhere.",
    },
  );
}
