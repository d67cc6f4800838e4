import { defineCommand } from "citty";
import { planDocument } from "../plan/document/plan-document.ts";
import { renderPlan } from "../plan/render.ts";
import { interruptionSignal } from "../run/interruption.ts";
import { printableJson } from "../run/terminal/printable-json.ts";
import { createReporter } from "../run/terminal/reporter.ts";
import { openTerminal } from "../run/terminal/terminal.ts";
import { writeOutput } from "../run/terminal/write.ts";
import { formatArgument, manifestArguments, targetArguments } from "./arguments.ts";
import { pageOf } from "./page.ts";
import { preparePlan } from "./prepare.ts";
import type { Session } from "./session.ts";

/** `installer plan`: prints what an install would do; nothing else happens. */
export function planCommand(session: Session) {
  return defineCommand({
    meta: { name: "plan", description: "Print what an install would do, and do nothing" },
    args: { ...manifestArguments, ...targetArguments, ...formatArgument },
    run: async ({ args }) => {
      const reporter = createReporter({ terminal: openTerminal(2), format: "plain" });
      const preparation = await preparePlan({
        arguments: args,
        session,
        signal: interruptionSignal(),
        emit: reporter.report,
        willRun: false,
      });
      const plan = planDocument(preparation);
      const isJson = args.format === "json";
      const text = isJson ? `${printableJson(plan, 2)}\n` : renderPlan(plan, pageOf(1));
      writeOutput(text);
    },
  });
}
