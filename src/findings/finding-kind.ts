import type { Severity } from "./finding.ts";

/** What is told of a kind of finding, wherever it is listed. */
interface FindingKind {
  /** As it is found; an error that `allow` names becomes a warning, and a warning a note. */
  readonly severity: Severity;
  /** Whether the manifest may allow it: not where the install itself would destroy something or fail. */
  readonly isAllowable: boolean;
  /** One sentence for `docs/findings.md`. */
  readonly meaning: string;
}

/** Kinds of findings of one subject, by identifier. */
export type FindingKinds = Readonly<Record<string, FindingKind>>;
