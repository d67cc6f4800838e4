import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { SystemInputs } from "./inputs.ts";

const object = "system.toplevel";

/** Whether the toplevel is a system of NixOS at all, which always says what it was built for, and can be installed. Pure. */
export function judgeNoSystem({ system }: Pick<SystemInputs, "system">): Finding[] {
  if (system.system === "") {
    return [
      makeFinding(
        "preflight/no-nixos-system",
        object,
        `${system.closure.toplevel} is no NixOS system: it has no file \`system\``,
        "Name what config.system.build.toplevel of a NixOS configuration gives.",
      ),
    ];
  }
  const { bootspecProblem, lacksSwitchProgram = false } = system;
  const findings: Finding[] = [];
  if (bootspecProblem !== undefined) {
    findings.push(
      makeFinding(
        "preflight/bootspec-malformed",
        object,
        `the system cannot be booted by what it says of itself: ${bootspecProblem}`,
        "Build the system again, and look for what changes boot.json (boot.bootspec in the NixOS configuration).",
      ),
    );
  }
  if (lacksSwitchProgram) {
    findings.push(
      makeFinding(
        "preflight/switch-program-missing",
        object,
        "the system has no bin/switch-to-configuration, which installs its boot loader",
        "Build the system with system.switch.enable = true.",
      ),
    );
  }
  return findings;
}
