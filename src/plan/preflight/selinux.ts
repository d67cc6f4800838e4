import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { MachineInputs } from "./inputs.ts";

/** Whether the live system enforces SELinux, which denies programs of the unlabelled target what they need. Pure. */
export function judgeSelinux({ facts }: MachineInputs): Finding[] {
  if (facts.liveSystem.selinux !== "enforcing") return [];
  return [
    makeFinding(
      "preflight/selinux-enforcing",
      "live-system",
      "SELinux is enforcing on the live system, and may keep activation or the boot loader from working",
      "If one of them fails, run setenforce 0 and try again.",
    ),
  ];
}
