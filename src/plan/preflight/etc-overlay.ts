import { isAtLeast, parseVersion } from "../../facts/program-versions.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { SystemInputs } from "./inputs.ts";

/**
 * What the live system's kernel needs for `system.etc.overlay.enable`: activation in the chroot mounts the image and the
 * overlay as the installed system does later (nixpkgs, `nixos/modules/system/etc/etc-activation.nix`).
 */
export const overlayModules: readonly string[] = ["erofs", "overlay", "loop"];

/** The first Linux with layers that hold data alone (`lowerdir=…::…`), see its `filesystems/overlayfs.rst`. */
const leastKernel = "6.5";

/** Whether the live system's kernel can mount the system's `/etc`, if that is an overlay. Pure. */
export function judgeEtcOverlay({ facts, system }: SystemInputs): Finding[] {
  if (!system.hasEtcOverlay) return [];
  const { kernel } = facts.liveSystem;
  const missing = overlayModules.filter((module) => facts.missingKernelModules.includes(module));
  const isOld = parseVersion(kernel) !== undefined && !isAtLeast(parseVersion(kernel), leastKernel);
  if (missing.length === 0 && !isOld) return [];
  const problem = isOld
    ? `is older than ${leastKernel}`
    : `has no ${missing.length === 1 ? "module" : "modules"} ${missing.join(", ")}`;
  return [
    makeFinding(
      "preflight/etc-overlay",
      "system.toplevel",
      `the system's /etc is an overlay (system.etc.overlay.enable), which is mounted during the install, and the live system's kernel ${kernel} ${problem}`,
      "Start a live system with a newer kernel, such as the NixOS installation image.",
    ),
  ];
}
