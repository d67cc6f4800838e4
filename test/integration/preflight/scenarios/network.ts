import type { Scenarios } from "./scenario.ts";

/** What is the matter with the caches and the way to them. */
export const networkScenarios: Scenarios = {
  "a path that no cache has": {
    cache: ({ incomplete, publicKey }) =>
      `substituters = ["${incomplete}"]\ntrusted-public-keys = ["${publicKey}"]`,
    findings: ["cache/path-missing"],
    exitCode: 6,
  },
  "a system that somebody else has signed": {
    cache: ({ whole }) =>
      `substituters = ["${whole}"]\ntrusted-public-keys = ["test-1:${"A".repeat(43)}="]`,
    findings: ["cache/path-unsigned"],
    exitCode: 7,
  },
  "no network": {
    cache: ({ publicKey }) =>
      `substituters = ["http://192.0.2.1"]\ntrusted-public-keys = ["${publicKey}"]`,
    live: { isCutOff: true },
    findings: ["preflight/no-route"],
    says: ["cache.substituters: no route leads to 192.0.2.1", "no default route\n"],
  },
  "a cache of a name that does not resolve": {
    cache: ({ publicKey }) =>
      `substituters = ["https://cache.invalid"]\ntrusted-public-keys = ["${publicKey}"]`,
    findings: ["preflight/name-unresolved"],
    says: [/^ +resolvers: /m],
  },
  "one of two caches that cannot be reached, and signatures that nobody checks": {
    cache: ({ whole }) =>
      `substituters = ["https://cache.invalid", "${whole}"]\nrequire-sigs = false`,
    findings: ["preflight/cache-unreachable", "preflight/signatures-not-checked"],
  },
};
