import { type FindingId, findingKinds } from "./catalogue.ts";
import type { Finding, Severity } from "./finding.ts";

const lighter: Readonly<Record<Severity, Severity>> = {
  error: "warning",
  warning: "note",
  note: "note",
};

/** A message that says of its first line that what it tells was allowed. */
function markAllowed(message: string): string {
  const [first = "", ...rest] = message.split("\n");
  return [`${first} (allowed by the manifest)`, ...rest].join("\n");
}

/**
 * The findings with those that the manifest allows weighing less, which say so: an error becomes a warning, a warning a
 * note. What must not be allowed stays what it is. Pure.
 *
 * @param allow The manifest's list.
 */
export function applyAllow(
  findings: readonly Finding[],
  allow: readonly FindingId[],
): readonly Finding[] {
  return findings.map((finding) => {
    const { id, severity, message } = finding;
    if (!allow.includes(id) || !findingKinds[id].isAllowable) return finding;
    return { ...finding, severity: lighter[severity], message: markAllowed(message) };
  });
}
