import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the system to be installed, as the caches describe it. */
export const systemKinds = {
  "preflight/architecture": {
    severity: "error",
    isAllowable: false,
    meaning: "The system was built for another architecture than this machine's.",
  },
} as const satisfies FindingKinds;
