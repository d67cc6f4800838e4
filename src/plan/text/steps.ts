import { quoteArgument } from "../../run/command.ts";
import type { PlanDocument } from "../document/schema.ts";
import { type Page, wrap } from "./layout.ts";

/** The indentation of what stands below a step. */
const indent = "     ";

/** A command as a user could type it, broken between its arguments. */
function commandLines(argv: readonly string[], { columns }: Page): string[] {
  const lines: string[] = [];
  let line = "$";
  for (const word of argv.map(quoteArgument)) {
    // Two columns are for the backslash that goes on to the next line.
    if (line !== "$" && indent.length + line.length + 1 + word.length > columns - 2) {
      lines.push(`${line} \\`);
      line = `   ${word}`;
    } else line += ` ${word}`;
  }
  return [...lines, line];
}

/** Every step with what it makes, and the exact commands it runs. */
export function stepLines({ steps }: PlanDocument, page: Page): string[] {
  const { paint, columns } = page;
  return steps.flatMap(({ title, details, commands }, index) => [
    ...wrap(`${index + 1}. ${title}`, columns - 2, "   ").map((line) => `  ${line}`),
    ...details.flatMap((line) => wrap(line, columns - indent.length, "  ")).map((l) => indent + l),
    ...commands.flatMap((argv) => commandLines(argv, page)).map((l) => paint("dim", indent + l)),
  ]);
}
