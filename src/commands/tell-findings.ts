import type { Finding } from "../findings/finding.ts";
import type { RunEvent } from "../run/events.ts";

/** Tells the warnings among findings; what else there is of them is in the plan. */
export function tellWarnings(findings: readonly Finding[], emit: (event: RunEvent) => void): void {
  for (const finding of findings) {
    if (finding.severity === "warning") emit({ type: "finding", finding });
  }
}
