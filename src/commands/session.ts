import type { Positions } from "../manifest/positions.ts";

/** What a command finds out that the last word on its failure needs. */
export interface Session {
  /** Where the manifest's objects are written. */
  positions?: Positions;
  /** Path of the log. */
  log?: string;
}
