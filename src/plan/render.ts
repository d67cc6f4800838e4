import { findingText } from "../findings/refusal-error.ts";
import { formatCommand } from "../run/command.ts";
import { definitionOf, type Plan } from "./plan.ts";

/** The plan for people: each step with what it makes, and the exact commands it runs. */
export function renderPlan(plan: Plan): string {
  const lines = [`Install ${plan.toplevel}`, `mounted below ${plan.root}`, ""];
  for (const finding of plan.findings)
    lines.push(`${finding.severity}: ${findingText(finding)}`, "");
  for (const [index, step] of plan.steps.entries()) {
    const definition = definitionOf(step);
    lines.push(`${index + 1}. ${definition.describe(step)}`);
    lines.push(...(definition.details?.(step) ?? []).map((line) => `     ${line}`));
    lines.push(...definition.commands(step).map((argv) => `     $ ${formatCommand(argv)}`));
  }
  return `${lines.join("\n")}\n`;
}
