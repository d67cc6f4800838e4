import { quoteArgument } from "../../run/command.ts";
import type { PlanDocument } from "../document/schema.ts";
import { type Page, wrap } from "./layout.ts";

type PlannedStep = PlanDocument["steps"][number];

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

/** What a command reads, a line each behind the sign with which shells redirect it: `<`, or `3<`. */
function inputLines(input: PlannedStep["inputs"][number], { columns }: Page): string[] {
  const { descriptor } = input;
  const sign = `  ${descriptor === 0 ? "" : descriptor}< `;
  const texts = "text" in input ? input.text.trimEnd().split("\n") : [`<secret ${input.secret}>`];
  const width = columns - indent.length - sign.length;
  return texts.flatMap((text) => wrap(text, width, "  ")).map((line) => (sign + line).trimEnd());
}

/** Every step with what it makes, and the exact commands it runs, each with what it reads. */
export function stepLines({ steps }: PlanDocument, page: Page): string[] {
  const { paint, columns } = page;
  return steps.flatMap(({ title, details, commands, inputs }, index) => [
    ...wrap(`${index + 1}. ${title}`, columns - 2, "   ").map((line) => `  ${line}`),
    ...details.flatMap((line) => wrap(line, columns - indent.length, "  ")).map((l) => indent + l),
    ...commands
      .flatMap((argv, command) => [
        ...commandLines(argv, page),
        ...inputs
          .filter((input) => input.command === command)
          .flatMap((input) => inputLines(input, page)),
      ])
      .map((line) => paint("dim", indent + line)),
  ]);
}
