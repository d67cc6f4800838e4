import { describe, expect, test } from "bun:test";
import { extentSize, physicalVolumeHeader } from "../../../src/disk/lvm/allocation.ts";
import type { PlannedDevice } from "../../../src/disk/storage-object.ts";
import { refuseErrors } from "../../../src/findings/refusal-error.ts";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { ManifestError } from "../../../src/manifest-error.ts";
import { planMachine } from "../../../src/plan/make-plan.ts";
import { definitionOf, type Step } from "../../../src/plan/plan.ts";
import { machineFacts } from "../plan/inputs.ts";
import { Chance, type RandomLayout, randomLayout } from "./random-layout.ts";

const MiB = 2 ** 20;

/** The seeds of the layouts that are tried; a failing test names its own. */
const seeds = Array.from({ length: 150 }, (_, index) => 1000 + index);

const head = `version = 1
[system]
toplevel = "/nix/store/0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz-nixos-system-host-26.05"
seed = "host"
[cache]
substituters = ["https://cache.example.org"]
trusted-public-keys = ["cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="]
`;

/** What a layout comes to, its tables in an order. */
function planned({ firmware, disks }: RandomLayout, blocks: readonly string[]) {
  const { manifest } = parseManifest({ file: "host.toml", text: head + blocks.join("") });
  const facts = {
    ...machineFacts,
    disks,
    ...(firmware === "bios" ? { firmware: { kind: "bios" } as const } : {}),
  };
  const { storage, findings } = planMachine({ manifest, facts, root: "/mnt" });
  refuseErrors(findings);
  if (storage === undefined) throw new Error("no storage, and no reason");
  return storage;
}

/** The devices that a step's commands work on, by their nodes; ranges of extents left out. */
function devicesOf(step: Step, known: ReadonlySet<string>): string[] {
  return definitionOf(step)
    .commands(step)
    .flat()
    .map((word) => word.replace(/:\d+-\d+$/, ""))
    .filter((word) => known.has(word));
}

/** The table of the manifest that a step makes: `main` of `disk/main/partition-table` and `raid/main`. */
function objectOf({ id }: Step): string | undefined {
  return id.split("/")[1];
}

/** Steps that work on a device which no step before them makes, and that they do not make themselves. */
function usedTooEarly(steps: readonly Step[], devices: readonly PlannedDevice[]): string[] {
  const known = new Set(devices.map(({ path }) => path));
  // A pool has the path of its first device, which comes before it.
  const makerOf = new Map(
    devices.toReversed().map(({ path, reference }) => [path, reference.split(".")[0]]),
  );
  const done = new Set<string>();
  return steps.flatMap((step) => {
    const own = objectOf(step);
    if (own !== undefined && step.kind !== "file-system" && step.kind !== "mount") done.add(own);
    return devicesOf(step, known)
      .filter((path) => !done.has(makerOf.get(path) ?? ""))
      .map((path) => `${step.id} uses ${path}`);
  });
}

/** Stretches of something that share a part, or do not lie in it. */
function misplaced(
  stretches: readonly { readonly start: number; readonly end: number }[],
  whole: { readonly start: number; readonly end: number },
): readonly unknown[] {
  const sorted = stretches.toSorted((a, b) => a.start - b.start);
  return sorted.filter(
    ({ start, end }, index) =>
      start >= end || start < (sorted[index - 1]?.end ?? whole.start) || end > whole.end,
  );
}

/** Partitions that overlap, are not aligned, or do not lie on their disk. */
function misplacedPartitions(steps: readonly Step[], layout: RandomLayout): readonly unknown[] {
  return steps.flatMap((step) => {
    if (step.kind !== "partition-table" || step.label === "none") return [];
    const disk = layout.disks.find(({ path }) => path === step.device);
    const partitions = step.partitions.map(({ start, size }) => ({ start, end: start + size }));
    // The backup of the table takes the end of the disk: 16 KiB and a sector.
    const end = (disk?.size ?? 0) - (step.label === "gpt" ? 16384 + 4096 : 0);
    const unaligned = step.partitions.filter(({ start, size }) => start % MiB || size % MiB);
    return [...misplaced(partitions, { start: MiB, end }), ...unaligned];
  });
}

/** Volumes that share extents, or have some that their devices do not. */
function misplacedVolumes(
  steps: readonly Step[],
  devices: readonly PlannedDevice[],
): readonly unknown[] {
  return steps.flatMap((step) => {
    if (step.kind !== "lvm") return [];
    return step.physicalVolumes.flatMap(({ device }) => {
      const size = devices.find(({ path }) => path === device)?.size ?? 0;
      const ranges = step.volumes
        .flatMap((volume) => volume.ranges)
        .filter((range) => range.device === device)
        .map(({ first, last }) => ({ start: first, end: last + 1 }));
      return misplaced(ranges, { start: 0, end: (size - physicalVolumeHeader) / extentSize });
    });
  });
}

/** Arrays that take more of a member than it has. */
function oversizedArrays(
  steps: readonly Step[],
  devices: readonly PlannedDevice[],
): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind !== "raid") return [];
    const sizes = step.devices.map(
      (path) => devices.find((device) => device.path === path)?.size ?? 0,
    );
    const { dataOffset = 0, componentSize = 0 } = step;
    return dataOffset + componentSize <= Math.min(...sizes) ? [] : [step.id];
  });
}

/** Mounts that come before the one that they lie in. */
function mountedTooEarly(steps: readonly Step[]): readonly string[] {
  const targets = steps.flatMap((step) => (step.kind === "mount" ? [step.target] : []));
  return targets.filter((target, index) =>
    targets.slice(index + 1).some((later) => later === "/" || target.startsWith(`${later}/`)),
  );
}

function identifiers(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => {
    const lines = definitionOf(step).details?.(step) ?? [];
    return lines.flatMap((line) => /UUID=(\S+)/.exec(line)?.[1] ?? []);
  });
}

describe("a random layout that is sound", () => {
  test.each(seeds)("is planned: seed %d", (seed) => {
    const layout = randomLayout(seed);
    const { steps, devices: byReference } = planned(layout, layout.blocks);
    const devices = [...byReference.values()];

    expect(usedTooEarly(steps, devices)).toEqual([]);
    expect(misplacedPartitions(steps, layout)).toEqual([]);
    expect(misplacedVolumes(steps, devices)).toEqual([]);
    expect(oversizedArrays(steps, devices)).toEqual([]);
    expect(mountedTooEarly(steps)).toEqual([]);
    const all = identifiers(steps);
    expect(new Set(all).size).toBe(all.length);

    const kinds = /^\[(?:disk|luks|raid|lvm|btrfs|swap)\./;
    const others = ["mount", "file-system", "layout-made"];
    const makers = steps.filter((step) => !others.includes(step.kind));
    expect(makers.length).toBe(layout.blocks.filter((block) => kinds.test(block)).length);
  });

  test.each(seeds.slice(0, 50))(
    "comes to the same steps in any order of its tables: seed %d",
    (seed) => {
      const layout = randomLayout(seed);
      const shuffled = new Chance(seed + 1).shuffled(layout.blocks);
      const byId = (blocks: readonly string[]) =>
        planned(layout, blocks).steps.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(byId(shuffled)).toEqual(byId(layout.blocks));
    },
  );
});

/** The references in the tables of a layout, as they are written: `"main.root"`. */
function referencesIn(blocks: readonly string[]): string[] {
  return blocks
    .filter((block) => /^\[(?:luks|raid|lvm|btrfs|swap|filesystem)\./.test(block))
    .flatMap((block) => /^devices? = .*$/m.exec(block)?.[0].match(/"[\w.-]+"/g) ?? []);
}

/** Ways to spoil a layout: each gives its text, and what stands in the lines of which one must be named. */
const mistakes: Readonly<
  Record<string, (blocks: readonly string[], chance: Chance) => { text: string; marks: RegExp }>
> = {
  "a reference that leads nowhere": (blocks, chance) => {
    const reference = chance.pick(referencesIn(blocks));
    const text = blocks
      .join("")
      .replace(new RegExp(`(?<=^devices? = .*)${reference}`, "m"), '"lost.and-found"');
    return { text, marks: /lost\.and-found/ };
  },
  "mappings that are made on each other": (blocks) => ({
    text: `${blocks.join("")}${["one", "two", "three"]
      .map((name, index, names) => {
        const on = names[(index + 1) % names.length];
        return `[luks.${name}]\ndevice = "${on}"\npassphrase = { file = "/run/key" }\n`;
      })
      .join("")}`,
    marks: /^device = "(?:one|two|three)"/,
  }),
  "a device that is used twice": (blocks, chance) => {
    const reference = chance.pick(
      referencesIn(blocks.filter((block) => !/^\[btrfs|type = "btrfs"/.test(block))),
    );
    const escaped = reference.replaceAll(/[.-]/g, "\\$&");
    return {
      text: `${blocks.join("")}[swap.again]\ndevice = ${reference}\n`,
      marks: new RegExp(`^devices? = .*${escaped}`),
    };
  },
  "partitions that overlap": (blocks) => ({
    text: `${blocks.join("")}[disk.over]
device = "/dev/disk/by-id/disk-9"
[[disk.over.partition]]
name = "one"
start = "1MiB"
size = "2GiB"
[[disk.over.partition]]
name = "two"
start = "1GiB"
size = "2GiB"
`,
    marks: /^(?:start|size) = |^\[\[disk\.over/,
  }),
  "a layout without a root": (blocks) => ({
    text: blocks.filter((block) => !block.startsWith('[filesystem."/"]')).join(""),
    marks: /^\[filesystem/,
  }),
};

describe.each(Object.entries(mistakes))("a random layout with %s", (_, spoil) => {
  test.each(seeds.slice(0, 30))("is refused at its line: seed %d", (seed) => {
    const { blocks } = randomLayout(seed);
    const { text, marks } = spoil(blocks, new Chance(seed));
    const lines = (head + text).split("\n");
    try {
      parseManifest({ file: "host.toml", text: head + text });
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      const named = error.problems.map(
        ({ position }) => lines[(position?.line ?? 0) - 1] ?? "nowhere",
      );
      expect(named.filter((line) => marks.test(line))).not.toEqual([]);
      return;
    }
    expect.unreachable(`accepted:\n${text}`);
  });
});
