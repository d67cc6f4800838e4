import type { Facts } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { objectOfStep } from "../../findings/step-object.ts";
import { definitionOf, type Step } from "../plan.ts";

/** What steps need, each thing with the first step that needs it. */
function firstUsers(
  steps: readonly Step[],
  needsOf: (step: Step) => readonly string[],
): Map<string, string> {
  const users = new Map<string, string>();
  for (const step of steps) {
    for (const need of needsOf(step)) if (!users.has(need)) users.set(need, step.id);
  }
  return users;
}

/** The programs of the live system that steps run, by the step that runs them first. */
export function programsOf(steps: readonly Step[]): Map<string, string> {
  return firstUsers(steps, (step) =>
    definitionOf(step)
      .commands(step)
      .flatMap(([program]) => (program === undefined || program.startsWith("/") ? [] : [program])),
  );
}

/** Whether every program that a step runs is there. Pure. */
export function judgeTools(steps: readonly Step[], facts: Facts): Finding[] {
  return [...programsOf(steps)]
    .filter(([program]) => facts.tools[program] === undefined)
    .map(([program, id]) =>
      makeFinding(
        "preflight/program-missing",
        objectOfStep(id),
        `the live system has no ${program}`,
        `Install the package that has ${program}, or start another live system.`,
      ),
    );
}

/** Whether the live system's kernel has every module that a step needs. Pure. */
export function judgeKernel(steps: readonly Step[], facts: Facts): Finding[] {
  const needed = firstUsers(steps, (step) => definitionOf(step).kernelModules?.(step) ?? []);
  return [...needed]
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
