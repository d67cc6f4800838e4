import type { FindingId } from "./catalogue.ts";

/** How much a finding weighs: an error stops the install, a warning is told, a note is for whoever looks. */
export type Severity = "error" | "warning" | "note";

/** Something that is known about an install before anything is written: plain data. */
export interface Finding {
  /** Stable, and what `allow` of the manifest names: `preflight/fstab-root-mismatch`. */
  readonly id: FindingId;
  readonly severity: Severity;
  /** The object of the manifest or the machine: `disk.main`, `filesystem."/boot"`, `cache.substituters`. */
  readonly object: string;
  /** A sentence without a full stop; details, such as a tree of holders, on further lines. */
  readonly message: string;
  /** What to do about it: sentences, imperative. */
  readonly hint?: string;
}
