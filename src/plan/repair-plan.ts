import type { StepDefinition } from "../run/step.ts";
import { type BootLookStep, bootLookStep } from "../system/boot-look-step.ts";
import { definitionOf, type Plan, type Step } from "./plan.ts";

/** One thing that a repair does. */
export type RepairStep = Step | BootLookStep;

/**
 * What is left out: whatever decides which system the machine runs, and what its users may have changed since. A swap
 * file would be made anew.
 */
const leftOut: ReadonlySet<Step["kind"]> = new Set([
  "swap-file",
  "profile",
  "prepare-root",
  "activate",
  "tmpfiles",
  "mark-installed",
] satisfies Step["kind"][]);

/**
 * The steps of an install that compare what is there with what is to be there, and mend it: the store's contents and
 * database, and the boot loader with its files. Pure.
 *
 * @param plan One whose disks an earlier run made.
 */
export function repairSteps({ steps }: Plan): readonly RepairStep[] {
  const check = steps.find((step) => step.kind === "boot-check");
  return steps
    .filter(({ kind }) => !leftOut.has(kind))
    .flatMap((step): readonly RepairStep[] =>
      step.kind === "boot-loader" && check !== undefined
        ? [{ kind: "boot-look", id: "boot-look", check }, step]
        : [step],
    );
}

/** How a step of a repair is described and carried out. */
export function repairDefinitionOf(step: RepairStep): StepDefinition<RepairStep> {
  const definition = step.kind === "boot-look" ? bootLookStep : definitionOf(step);
  // The kind ties each step to its definition; TypeScript cannot follow that through a union.
  return definition as StepDefinition<RepairStep>;
}
