import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the way to the caches. */
export const networkKinds = {
  "preflight/no-route": {
    severity: "error",
    isAllowable: true,
    meaning: "No network interface has a route to a cache.",
  },
  "preflight/name-unresolved": {
    severity: "error",
    isAllowable: true,
    meaning: "The name of every cache fails to resolve.",
  },
  "preflight/cache-unresolved": {
    severity: "warning",
    isAllowable: false,
    meaning: "The name of one of several caches does not resolve, or there is no route to it.",
  },
  "preflight/signatures-not-checked": {
    severity: "warning",
    isAllowable: false,
    meaning: "The manifest turns signatures off, so that nothing shows who made the system.",
  },
} as const satisfies FindingKinds;
