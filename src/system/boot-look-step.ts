import { InstallerError } from "../errors.ts";
import type { StepData, StepDefinition } from "../run/step.ts";
import { type BootCheckStep, bootCheckStep } from "./boot-check-step.ts";

/** Looks at the boot files before they are made anew, so that it can be told what was wrong with them. */
export interface BootLookStep extends StepData {
  readonly kind: "boot-look";
  readonly check: BootCheckStep;
}

/** {@link BootLookStep} */
export const bootLookStep: StepDefinition<BootLookStep> = {
  kind: "boot-look",
  reason: "system",
  describe: ({ check }) => `Look whether ${check.root} would boot as it is`,
  commands: ({ check }) => bootCheckStep.commands(check),
  run: async ({ check }, context) => {
    try {
      await bootCheckStep.run(check, { ...context, log: () => undefined });
      context.log("info", "the boot files are right as they are");
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof InstallerError) || error.reason !== "system") throw error;
      context.log("warning", `${error.message}\nthe boot loader is installed anew`);
    }
  },
};
