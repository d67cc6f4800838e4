import { formatCommand } from "../run/command.ts";
import { formatSize } from "../values/size.ts";
import { definitionOf, type Plan } from "./plan.ts";

/** What a step makes or takes, in terms its description leaves out. */
function identifierLines(step: Plan["steps"][number]): string[] {
  if (step.kind === "partition-table") {
    return step.partitions.map(
      ({ number, name, size, uuid }) => `${number}  ${name}  ${formatSize(size)}  PARTUUID=${uuid}`,
    );
  }
  if (step.kind === "file-system" || step.kind === "swap") {
    return [`UUID=${step.uuid}${step.label === undefined ? "" : `  LABEL=${step.label}`}`];
  }
  if (step.kind === "pull") {
    return step.closure.substituters.map((substituter) => `from ${substituter}`);
  }
  return [];
}

/** The plan for people: each step with what it makes, and the exact commands it runs. */
export function renderPlan(plan: Plan): string {
  const lines = [`Install ${plan.toplevel}`, `mounted below ${plan.root}`, ""];
  for (const warning of plan.warnings) lines.push(`warning: ${warning}`, "");
  for (const [index, step] of plan.steps.entries()) {
    const definition = definitionOf(step);
    lines.push(`${index + 1}. ${definition.describe(step)}`);
    lines.push(...identifierLines(step).map((line) => `     ${line}`));
    lines.push(...definition.commands(step).map((argv) => `     $ ${formatCommand(argv)}`));
  }
  return `${lines.join("\n")}\n`;
}
