import type { Facts } from "../facts/facts.ts";
import { objectOfStep } from "../findings/step-object.ts";
import { portableProfile } from "../store/portable/nix.ts";
import { definitionOf, type Step } from "./plan.ts";

/** A program that steps run. */
export interface PlannedTool {
  readonly name: string;
  readonly from: "live-system" | "portable-store";
  /** Where it was found, or will be; left out where it is missing. */
  readonly path?: string;
  /** `2.38.1`; left out where it does not tell, or is not there yet. */
  readonly version?: string;
  /** The objects of the manifest whose steps run it. */
  readonly neededBy: readonly string[];
}

/** The tables of the manifest that the steps which are about the whole system follow from, by kind. */
const tables: Partial<Readonly<Record<Step["kind"], string>>> = {
  "portable-store": "portable-store",
  pull: "cache",
  "nix-copy": "cache",
  "nix-check": "portable-store",
  profile: "system",
  "prepare-root": "system",
  chroot: "system",
  activate: "system",
  tmpfiles: "system",
  "boot-loader": "boot",
  "boot-check": "boot",
};

/** The objects of the manifest that a step is for. */
function objectsOf(step: Step): readonly string[] {
  if (step.kind === "wipe") return step.disks.map(({ name }) => `disk.${name}`);
  return [tables[step.kind] ?? objectOfStep(step.id)];
}

/** The programs that a step runs itself: names of the live system's, paths of the portable store's. Pure. */
function programsOf(step: Step): readonly string[] {
  const { commands, programs } = definitionOf(step);
  const own = [
    ...commands(step).flatMap(([program]) => program ?? []),
    ...(programs?.(step) ?? []),
  ];
  // Programs of the new system come with it.
  return own.filter((program) => !program.startsWith("/") || program.startsWith(portableProfile));
}

/** The programs that steps run, in the order in which they are first run. Those of the new system are left out. Pure. */
export function toolsOf(
  steps: readonly Step[],
  { tools, versions }: Pick<Facts, "tools" | "versions">,
): readonly PlannedTool[] {
  const users = new Map<string, Set<string>>();
  for (const step of steps) {
    for (const program of programsOf(step)) {
      const known = users.get(program) ?? new Set();
      for (const object of objectsOf(step)) known.add(object);
      users.set(program, known);
    }
  }
  return [...users].map(([program, objects]): PlannedTool => {
    const neededBy = [...objects];
    if (program.startsWith("/")) {
      const name = program.slice(program.lastIndexOf("/") + 1);
      return { name, from: "portable-store", path: program, neededBy };
    }
    const path = tools[program];
    const version = versions[program];
    return {
      name: program,
      from: "live-system",
      ...(path === undefined ? {} : { path }),
      ...(version === undefined ? {} : { version }),
      neededBy,
    };
  });
}
