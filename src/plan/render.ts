import { formatSize } from "../manifest/size.ts";
import { formatCommand } from "../run/command.ts";
import { definitionOf, type Plan } from "./plan.ts";

/** What identifies an object the plan will make, where it makes one. */
function identifierLines(step: Plan["steps"][number]): string[] {
  switch (step.kind) {
    case "partition-table":
      return step.partitions.map(
        ({ number, name, size, uuid }) =>
          `${number}  ${name}  ${formatSize(size)}  PARTUUID=${uuid}`,
      );
    case "file-system":
    case "swap":
      return [`UUID=${step.uuid}${step.label === undefined ? "" : `  LABEL=${step.label}`}`];
    case "pull":
      return step.closure.substituters.map((substituter) => `from ${substituter}`);
    case "portable-store":
    case "mount":
    case "nix-check":
    case "profile":
    case "prepare-root":
    case "chroot":
    case "activate":
    case "tmpfiles":
    case "boot-loader":
    case "boot-check":
      return [];
  }
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
