import type { Facts } from "../../facts/facts.ts";
import { mountOfPath } from "../../facts/mount-paths.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { NamedDisk } from "./spanning-groups.ts";

/** A file of the live system that the install needs. */
export interface NeededFile {
  /** What of the manifest names it: `portable-store.tarball`. */
  readonly object: string;
  /** Absolute. */
  readonly path: string;
}

/** The files that the install needs and that lie on a disk which it wipes. Pure. */
export function judgeLostFiles(
  files: readonly NeededFile[],
  wiped: readonly NamedDisk[],
  facts: Pick<Facts, "disks">,
): Finding[] {
  const mounts = facts.disks.flatMap((disk) =>
    disk.holders
      .filter(({ kind }) => kind === "mount")
      .map(({ name }) => ({ target: name, path: disk.path })),
  );
  return files.flatMap(({ object, path }) => {
    const target = mountOfPath(path, mounts);
    const lost = wiped.find(({ disk }) =>
      mounts.some((mount) => mount.target === target && mount.path === disk.path),
    );
    if (lost === undefined) return [];
    return [
      makeFinding(
        "preflight/file-lost",
        object,
        `${path} lies on ${lost.disk.path} (mounted on ${target}), which disk.${lost.name} wipes`,
        "Copy it to another disk or into memory first.",
      ),
    ];
  });
}
