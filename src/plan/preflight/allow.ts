import type { FindingId } from "../../findings/catalogue.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";

/** What the manifest allows though nothing of it was found: a mistake, or a thing of the past. Pure. */
export function judgeUnusedAllow(
  findings: readonly Finding[],
  allow: readonly FindingId[],
): Finding[] {
  return [...new Set(allow)]
    .filter((id) => findings.every((finding) => finding.id !== id))
    .map((id) =>
      makeFinding(
        "preflight/unused-allow",
        "allow",
        `${id} is allowed, but was not found`,
        "Take it out of the list unless other machines need it.",
      ),
    );
}
