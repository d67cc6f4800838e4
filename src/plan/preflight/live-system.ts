import type { Facts } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { objectOfStep } from "../../findings/step-object.ts";
import { howToGet, packagesOf } from "../packages.ts";
import { definitionOf, type Step } from "../plan.ts";
import { type PlannedTool, toolsOf } from "../tools.ts";

/** How the missing programs of one package are told. @param missing At least one. */
function missingProgram(missing: readonly PlannedTool[], facts: Facts): Finding {
  const [first] = missing;
  const objects = [...new Set(missing.flatMap(({ neededBy }) => neededBy))];
  const names = missing.map(({ name }) => name).join(", ");
  const others = objects.length > 1 ? ` (needed by ${objects.join(", ")})` : "";
  return makeFinding(
    "preflight/program-missing",
    objects[0] ?? "live-system",
    `the live system has no ${names}${others}`,
    howToGet(first?.name ?? "", facts.liveSystem),
  );
}

/**
 * Whether every program that a step runs is there: one finding for each package that is missing. Pure.
 *
 * @param judged Steps that were judged before: what they run is not told again.
 */
export function judgeTools(
  steps: readonly Step[],
  facts: Facts,
  judged: readonly Step[] = [],
): Finding[] {
  const told = new Set(toolsOf(judged, facts).map(({ name }) => name));
  const missing = toolsOf(steps, facts).filter(
    ({ name, path }) => path === undefined && !told.has(name),
  );
  const byPackage = Map.groupBy(missing, ({ name }) => packagesOf(name, facts.liveSystem));
  return [...byPackage.values()].map((tools) => missingProgram(tools, facts));
}

/** The first step that needs each kernel module. */
function moduleUsers(steps: readonly Step[]): Map<string, string> {
  const users = new Map<string, string>();
  for (const step of steps) {
    for (const module of definitionOf(step).kernelModules?.(step) ?? []) {
      if (!users.has(module)) users.set(module, step.id);
    }
  }
  return users;
}

/** Whether the live system's kernel has every module that a step needs. Pure. */
export function judgeKernel(steps: readonly Step[], facts: Facts): Finding[] {
  return [...moduleUsers(steps)]
    .filter(([module]) => facts.missingKernelModules.includes(module))
    .map(([module, id]) =>
      makeFinding(
        "preflight/kernel-module-missing",
        objectOfStep(id),
        `the live system's kernel ${facts.liveSystem.kernel} has no module ${module}`,
        `Install the module ${module} for this kernel, or start a live system that has it.`,
      ),
    );
}
