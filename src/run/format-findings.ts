import type { SourcePosition } from "../errors.ts";
import { findingKinds } from "../findings/catalogue.ts";
import type { Finding } from "../findings/finding.ts";
import { findingText } from "../findings/refusal-error.ts";
import { fact, headline, placeLines } from "./terminal/error-lines.ts";
import { printable } from "./terminal/printable.ts";
import type { Paint } from "./terminal/style.ts";

/** Finds the line of the manifest for an object. */
export interface ObjectPositions {
  readonly of: (path: string) => SourcePosition | undefined;
}

function formatFinding(paint: Paint, finding: Finding, positions?: ObjectPositions): string {
  const { id, object, hint, severity } = finding;
  const [first = "", ...details] = findingText(finding).split("\n");
  const { isAllowable } = findingKinds[id];
  return [
    headline(paint, first, severity === "error" ? "error" : "warning"),
    ...details.map((line) => `    ${printable(line)}`),
    fact(paint, "finding", severity === "error" && isAllowable ? `${id} (can be allowed)` : id),
    ...placeLines(paint, positions?.of(object)),
    ...(hint === undefined ? [] : [fact(paint, "next", hint)]),
  ].join("\n");
}

/**
 * Findings as a person should read them, one after the other: what is the matter with which object, the identifier by
 * which the manifest may allow it, the object's line in the manifest, and what to do about it.
 *
 * @returns Lines, without a line break at the end.
 */
export function formatFindings(
  paint: Paint,
  findings: readonly Finding[],
  positions?: ObjectPositions,
): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const blocks = findings.map((finding) => formatFinding(paint, finding, positions));
  if (errors < 2) return blocks.join("\n\n");
  return [
    headline(paint, `nothing was written: ${errors} things stand in the way`),
    ...blocks,
  ].join("\n\n");
}
