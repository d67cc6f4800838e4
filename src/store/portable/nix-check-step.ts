import { lstatSync } from "node:fs";
import { InstallerError } from "../../errors.ts";
import type { StepDefinition } from "../../run/step.ts";
import { portableEnvironment, portableProgram } from "./nix.ts";

/** Has real Nix, from the portable store, confirm the store that the installer has filled on the target. */
export interface NixCheckStep {
  readonly kind: "nix-check";
  readonly id: "nix-check";
  /** Where the target is mounted. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
  /** Number of store paths in its closure. */
  readonly paths: number;
}

export const nixCheckStep: StepDefinition<NixCheckStep> = {
  kind: "nix-check",
  reason: "integrity",
  describe: ({ paths }) => `Let Nix check the ${paths} store paths on the target`,
  commands: (step) => [validityCommand(step), requisitesCommand(step)],
  run: async (step, context) => {
    const options = { environment: portableEnvironment, reason: "integrity" } as const;
    await context.exec(validityCommand(step), { ...options, object: step.toplevel });
    const { stdout } = await context.exec(requisitesCommand(step), options);
    const paths = stdout.split("\n").filter((line) => line !== "");
    if (paths.length !== step.paths) {
      throw disagrees(step, `it finds ${paths.length} store paths, not ${step.paths}`);
    }
    for (const [index, path] of paths.entries()) {
      if (lstatSync(`${step.root}${path}`, { throwIfNoEntry: false }) === undefined) {
        throw disagrees(step, `${path} is registered but missing`);
      }
      context.progress({ done: index + 1, total: paths.length, unit: "items" });
    }
  },
};

function validityCommand({ root, toplevel }: NixCheckStep): string[] {
  return [portableProgram("nix-store"), "--store", root, "--check-validity", toplevel];
}

function requisitesCommand({ root, toplevel }: NixCheckStep): string[] {
  return [portableProgram("nix-store"), "--store", root, "--query", "--requisites", toplevel];
}

function disagrees({ root, toplevel }: NixCheckStep, problem: string): InstallerError {
  return new InstallerError(
    "integrity",
    `Nix does not agree with the store in ${root}: ${problem}`,
    { object: toplevel },
  );
}
