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

/** The programs that steps run, in the order in which they are first run. Those of the new system are left out. Pure. */
export function toolsOf(
  steps: readonly Step[],
  { tools, versions }: Pick<Facts, "tools" | "versions">,
): readonly PlannedTool[] {
  const users = new Map<string, Set<string>>();
  for (const step of steps) {
    for (const [program] of definitionOf(step).commands(step)) {
      const isOurs = program?.startsWith("/") === false || program?.startsWith(portableProfile);
      if (program === undefined || isOurs !== true) continue;
      const known = users.get(program) ?? new Set();
      users.set(program, known.add(objectOfStep(step.id)));
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
