import { defineCommand } from "citty";
import { writeText } from "../run/terminal/write.ts";
import { manifestArguments } from "./arguments.ts";
import { loadManifest } from "./manifest.ts";
import type { Session } from "./session.ts";

/** `installer check`: validates a manifest without looking at any machine. */
export function checkCommand(session: Session) {
  return defineCommand({
    meta: { name: "check", description: "Validate a manifest without a machine" },
    args: manifestArguments,
    run: async ({ args }) => {
      const { warnings } = await loadManifest(args, session);
      for (const warning of warnings) writeText(2, `warning: ${warning}\n`);
      writeText(1, `${args.manifest}: the manifest is valid\n`);
    },
  });
}
