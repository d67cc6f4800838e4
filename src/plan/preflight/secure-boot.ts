import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { SystemInputs } from "./inputs.ts";

const hint =
  "Switch Secure Boot off in the firmware's setup, or install a system whose boot loader is signed with a key that is " +
  "enrolled there.";

/**
 * Whether the firmware will start the system's boot loader. What nixpkgs builds of systemd-boot and GRUB carries no
 * signature; another loader may sign itself when it is installed. Pure.
 */
export function judgeSecureBoot({ facts, system }: SystemInputs): Finding[] {
  const { firmware } = facts;
  if (firmware.kind !== "uefi" || firmware.secureBoot === undefined) return [];
  const { loader } = system.loader;
  if (firmware.setupMode === true) {
    return [
      makeFinding(
        "preflight/secure-boot-setup-mode",
        "firmware",
        "Secure Boot is in setup mode: nothing is checked until a platform key is enrolled",
      ),
    ];
  }
  if (!firmware.secureBoot || loader === "none") return [];
  if (loader === "other") {
    return [
      makeFinding(
        "preflight/secure-boot-unknown",
        "firmware",
        "Secure Boot is on, and it cannot be told whether the system's boot loader is signed",
        hint,
      ),
    ];
  }
  return [
    makeFinding(
      "preflight/secure-boot",
      "firmware",
      `Secure Boot is on, and the system's boot loader (${loader}) is not signed: the firmware will refuse to start it`,
      hint,
    ),
  ];
}
