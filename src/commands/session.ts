import type { InstallerError } from "../errors.ts";
import type { ManifestText, Positions } from "../manifest/positions.ts";

/** What a command finds out that the last word on its failure needs. */
export interface Session {
  /** The manifest as it was read. */
  manifest?: ManifestText;
  /** Where the manifest's objects are written. */
  positions?: Positions;
  /** Path of the log. */
  log?: string;
  /** The step that is under way: its title and identifier. */
  step?: string;
  /** Breaks the run off, which then closes what it holds open. */
  interruption?: AbortController;
  /** An error that nobody caught. */
  bug?: InstallerError;
  /** Ends what is drawn on the terminal. */
  closeReporter?: () => void;
}
