import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the caches, and the way to them. */
export const networkKinds = {
  "cache/path-missing": {
    severity: "error",
    isAllowable: false,
    meaning: "A store path of the system is in none of the caches. Ends with exit code 6.",
  },
  "cache/path-unsigned": {
    severity: "error",
    isAllowable: false,
    meaning:
      "A store path of the system is in a cache, but not signed by a key that the manifest trusts. Ends with exit code 7.",
  },
  "preflight/no-route": {
    severity: "error",
    isAllowable: true,
    meaning: "There is no route to any of the caches, or to the server of the portable store.",
  },
  "preflight/name-unresolved": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The names of all caches, or that of the server of the portable store, do not resolve.",
  },
  "preflight/cache-unreachable": {
    severity: "warning",
    isAllowable: true,
    meaning: "The name of one of several caches does not resolve, or there is no route to it.",
  },
  "preflight/signatures-not-checked": {
    severity: "warning",
    isAllowable: false,
    meaning: "The manifest turns signatures off, so that nothing shows who made the system.",
  },
} as const satisfies FindingKinds;
