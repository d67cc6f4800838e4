import { type FindingId, findingKinds } from "./catalogue.ts";
import type { Finding } from "./finding.ts";

/**
 * A finding of a kind, as grave as the catalogue says.
 *
 * @param object The object of the manifest or the machine: `filesystem."/boot"`.
 * @param message A sentence without a full stop.
 * @param hint What to do about it: sentences, imperative.
 */
export function makeFinding(
  id: FindingId,
  object: string,
  message: string,
  hint?: string,
): Finding {
  const { severity } = findingKinds[id];
  return { id, severity, object, message, ...(hint === undefined ? {} : { hint }) };
}
