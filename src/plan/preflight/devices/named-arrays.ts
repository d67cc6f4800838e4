import type { StorageStep } from "../../../disk/objects/index.ts";
import type { Facts } from "../../../facts/facts.ts";
import type { SystemInfo } from "../../../system-info/system-info.ts";
import type { FutureDevice, FutureStorage } from "./future-device.ts";
import { arrayLines, arrayPaths, uuidDigits } from "./mdadm-conf.ts";
import { knownInitrd } from "./opened-luks.ts";

/** The number that the kernel gives to the first array without one; the next ones get smaller numbers (mdadm(8)). */
const firstFreeNumber = 127;

/** The `mdadm.conf` of whoever assembles arrays first: the initrd, where it has mdadm. */
function assemblingConfig(system: SystemInfo): string {
  const initrd = knownInitrd(system);
  return (initrd?.hasMdadm === true ? initrd.mdadmConfig : system.mdadmConfig) ?? "";
}

/** The kernel's node of an array. */
const node = /^\/dev\/md\d+$/;

/** Of an array whose name is that of a node: the node, which mdadm gives it if it is free (`create_mddev` of `mdopen.c`). */
function likelyNode(path: string): string[] {
  const name = /^\/dev\/md\/(md\d+)$/.exec(path)?.[1];
  return name === undefined ? [] : [`/dev/${name}`];
}

function isLink(path: string): boolean {
  return path.startsWith("/dev/disk/");
}

/**
 * Gives the arrays of the manifest the paths by which the system finds them: those that `mdadm.conf` names, else those of
 * the name in the superblock. The kernel's node of an array that has no number is whichever is free. Pure.
 */
export function nameArrays(
  storage: FutureStorage,
  steps: readonly StorageStep[],
  facts: Facts,
  system: SystemInfo,
): FutureStorage {
  const lines = arrayLines(assemblingConfig(system)).filter(({ device }) => device !== "<ignore>");
  const given = new Map(
    steps.flatMap((step) => {
      if (step.kind !== "raid") return [];
      const line = lines.find(({ uuid }) => uuid === uuidDigits(step.uuid));
      return [[step.path, arrayPaths(line?.device ?? step.name)] as const];
    }),
  );
  const unnumbered = [...given].filter(([, paths]) => !paths.some((path) => node.test(path)));
  const others = facts.disks.flatMap(({ groups = [] }) =>
    groups.filter(({ kind }) => kind === "array").map(({ uuid }) => uuid),
  );
  const count = unnumbered.length + new Set(others).size;
  const nodes = Array.from({ length: count }, (_, index) => `/dev/md${firstFreeNumber - index}`);
  const devices = storage.devices.map((device): FutureDevice => {
    const paths = given.get(device.node);
    if (paths === undefined) return device;
    const unstablePaths = unnumbered.some(([path]) => path === device.node)
      ? [...nodes, ...paths.flatMap(likelyNode)]
      : [];
    return {
      ...device,
      paths: [...paths, ...device.paths.filter(isLink), ...unstablePaths],
      unstablePaths,
    };
  });
  return { ...storage, devices };
}
