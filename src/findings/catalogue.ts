import type { Severity } from "./finding.ts";

/** What is told of a kind of finding, wherever it is listed. */
export interface FindingKind {
  /** As it is found; an error that `allow` names becomes a warning. */
  readonly severity: Severity;
  /** Whether the manifest may allow it: not where the install itself would destroy something or fail. */
  readonly isAllowable: boolean;
  /** One sentence for `docs/findings.md`. */
  readonly meaning: string;
}

/** Every finding there is, by its identifier, which never changes its meaning. `docs/findings.md` is this list. */
export const findingKinds = {
  "preflight/architecture": {
    severity: "error",
    isAllowable: false,
    meaning: "The system was built for another architecture than this machine's.",
  },
} as const satisfies Readonly<Record<string, FindingKind>>;

/** The identifier of a finding. */
export type FindingId = keyof typeof findingKinds;
