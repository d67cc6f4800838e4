import { InstallerError } from "../../errors.ts";

/** Why something of the manifest cannot be done on this machine. */
export interface Refusal {
  /** `disk.main` */
  readonly object: string;
  /** A sentence; details, such as a tree of holders, on further lines. */
  readonly message: string;
  readonly hint?: string;
}

/** One error for all refusals; `undefined` when there are none. Exit reason `refused`. */
export function refusalError(refusals: readonly Refusal[]): InstallerError | undefined {
  const [first] = refusals;
  if (first === undefined) return undefined;
  const hints = new Set(refusals.flatMap(({ hint }) => (hint === undefined ? [] : [hint])));
  const message = refusals.map((refusal) => `${refusal.object}: ${refusal.message}`).join("\n");
  return new InstallerError("refused", message, {
    object: first.object,
    ...(hints.size === 0 ? {} : { hint: [...hints].join(" ") }),
  });
}
