import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { SystemInputs } from "./inputs.ts";

/** Whether the toplevel is a system of NixOS at all, which always says what it was built for. Pure. */
export function judgeNoSystem({ system }: SystemInputs): Finding[] {
  if (system.system !== "") return [];
  return [
    makeFinding(
      "preflight/no-nixos-system",
      "system.toplevel",
      `${system.closure.toplevel} is no NixOS system: it has no file \`system\``,
      "Name what config.system.build.toplevel of a NixOS configuration gives.",
    ),
  ];
}
