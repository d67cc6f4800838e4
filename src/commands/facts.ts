import { defineCommand } from "citty";
import { factsDocument } from "../facts/document.ts";
import { gatherFacts } from "../facts/gather.ts";
import { stepNeeds } from "../plan/programs.ts";
import { printable } from "../run/terminal/printable.ts";
import { printableJson } from "../run/terminal/printable-json.ts";
import { writeOutput } from "../run/terminal/write.ts";
import { formatArgument } from "./arguments.ts";
import { renderFacts } from "./render-facts.ts";

/** `installer facts`: prints what is known about this machine; changes nothing. */
export function factsCommand() {
  return defineCommand({
    meta: { name: "facts", description: "Print what is known about this machine" },
    args: formatArgument,
    run: async ({ args }) => {
      const facts = await gatherFacts(stepNeeds);
      const document = factsDocument(facts, stepNeeds.tools);
      writeOutput(
        args.format === "json"
          ? `${printableJson(document, 2)}\n`
          : printable(renderFacts(facts, document.missingTools)),
      );
    },
  });
}
