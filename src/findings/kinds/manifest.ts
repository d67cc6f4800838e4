import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the manifest itself. */
export const manifestKinds = {
  "preflight/unused-allow": {
    severity: "note",
    isAllowable: false,
    meaning: "The manifest allows a finding that this install does not have.",
  },
  "preflight/boot-unreadable": {
    severity: "warning",
    isAllowable: true,
    meaning: "/boot lies on something that some boot loaders cannot read.",
  },
} as const satisfies FindingKinds;
