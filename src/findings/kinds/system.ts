import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the system to be installed, as the caches describe it. */
export const systemKinds = {
  "preflight/no-nixos-system": {
    severity: "error",
    isAllowable: true,
    meaning: "The toplevel is no NixOS system, so that nothing is known of what it will do.",
  },
  "preflight/bootspec-malformed": {
    severity: "error",
    isAllowable: false,
    meaning:
      "The system's boot.json cannot be read, or names a kernel that the system does not have.",
  },
  "preflight/switch-program-missing": {
    severity: "error",
    isAllowable: false,
    meaning: "The system has no bin/switch-to-configuration, which installs its boot loader.",
  },
  "preflight/architecture": {
    severity: "error",
    isAllowable: false,
    meaning: "The system was built for another architecture than this machine's.",
  },
  "preflight/architecture-32-bit": {
    severity: "warning",
    isAllowable: true,
    meaning: "The system was built for a 32-bit architecture that this machine's may run.",
  },
  "preflight/etc-overlay": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The system's /etc is an overlay, which the install mounts, and the live system's kernel cannot.",
  },
} as const satisfies FindingKinds;
