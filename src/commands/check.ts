import { defineCommand } from "citty";
import { applyAllow } from "../findings/allow.ts";
import { findingText, refuseErrors } from "../findings/refusal-error.ts";
import { redactUrl } from "../http/http-error.ts";
import { judgeNoSystem } from "../plan/preflight/no-system.ts";
import { interruptionSignal } from "../run/interruption.ts";
import { printable } from "../run/terminal/printable.ts";
import { createReporter } from "../run/terminal/reporter.ts";
import { openTerminal } from "../run/terminal/terminal.ts";
import { writeOutput, writeText } from "../run/terminal/write.ts";
import { renderSystem } from "../system-info/render-system.ts";
import { manifestArguments } from "./arguments.ts";
import { askCaches } from "./ask-caches.ts";
import { loadManifest } from "./manifest.ts";
import { refuseNixStores } from "./nix-stores.ts";
import { useServerAccess } from "./server-access.ts";
import type { Session } from "./session.ts";

const onlineArgument = {
  online: {
    type: "boolean" as const,
    description: "Walk the closure in the caches, too, and tell what system it is",
  },
};

/** `installer check`: validates a manifest without looking at any machine. */
export function checkCommand(session: Session) {
  return defineCommand({
    meta: { name: "check", description: "Validate a manifest without a machine" },
    args: { ...manifestArguments, ...onlineArgument },
    run: async ({ args }) => {
      const signal = interruptionSignal();
      const { manifest, warnings } = await loadManifest(args, session, signal);
      for (const warning of warnings) writeText(2, `warning: ${findingText(warning)}\n`);
      if (args.online !== true) {
        writeOutput(`${args.manifest}: the manifest is valid\n`);
        return;
      }
      refuseNixStores(manifest);
      await useServerAccess(manifest);
      const reporter = createReporter({ terminal: openTerminal(2), format: "plain" });
      const { system } = await askCaches(manifest, { signal, emit: reporter.report });
      writeOutput(`${args.manifest}: the manifest is valid, and its system can be had\n`);
      writeOutput(printable(renderSystem(system, redactUrl)));
      const findings = applyAllow(judgeNoSystem({ system }), manifest.allow);
      refuseErrors(findings);
      for (const finding of findings) writeText(2, `warning: ${printable(findingText(finding))}\n`);
    },
  });
}
