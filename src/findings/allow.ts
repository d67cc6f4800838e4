import { type FindingId, findingKinds } from "./catalogue.ts";
import type { Finding } from "./finding.ts";

/** A message that says of its first line that what it tells was allowed. */
function markAllowed(message: string): string {
  const [first = "", ...rest] = message.split("\n");
  return [`${first} (allowed by the manifest)`, ...rest].join("\n");
}

/**
 * The findings with the errors that the manifest allows turned into warnings, which say so. What must not be allowed
 * stays what it is. Pure.
 *
 * @param allow The manifest's list.
 */
export function applyAllow(
  findings: readonly Finding[],
  allow: readonly FindingId[],
): readonly Finding[] {
  return findings.map((finding) => {
    const { id, severity, message } = finding;
    if (severity !== "error" || !allow.includes(id) || !findingKinds[id].isAllowable) {
      return finding;
    }
    return { ...finding, severity: "warning", message: markAllowed(message) };
  });
}
