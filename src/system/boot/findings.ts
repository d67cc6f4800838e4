/** What a check of the boot files came to. */
export interface Findings {
  /** The loader that was found to start the system, for the log; `undefined` when none was. */
  loader: string | undefined;
  /** Each a reason why the machine would not boot the system: a sentence without its full stop. */
  readonly problems: string[];
  /** What the user should know although the machine boots. */
  readonly notes: string[];
}

/** Findings before anything was looked at. */
export function noFindings(): Findings {
  return { loader: undefined, problems: [], notes: [] };
}
