import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { SystemInputs } from "./inputs.ts";

/** What processors run besides programs of their own architecture. */
const compatible: Readonly<Record<string, readonly string[]>> = {
  "x86_64-linux": ["i686-linux"],
  "aarch64-linux": ["armv7l-linux", "armv6l-linux"],
};

/** Whether the machine can run the system: its programs run already during the install. Pure. */
export function judgeArchitecture({ facts, system }: SystemInputs): Finding[] {
  const machine = facts.system;
  // What is no system of NixOS has none.
  if (system.system === machine || system.system === "") return [];
  const object = "system.toplevel";
  if (compatible[machine]?.includes(system.system) === true) {
    return [
      makeFinding(
        "preflight/architecture-32-bit",
        object,
        `the system was built for ${system.system}, and this machine is ${machine}: it runs that only if processor, kernel and firmware can`,
        `Build the system for ${machine} unless it is meant to be so.`,
      ),
    ];
  }
  return [
    makeFinding(
      "preflight/architecture",
      object,
      `the system was built for ${system.system}, but this machine is ${machine}`,
      `Build the system for ${machine} (nixpkgs.hostPlatform), or name another toplevel.`,
    ),
  ];
}
