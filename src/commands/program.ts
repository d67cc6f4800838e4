import { defineCommand } from "citty";
import { version } from "../../package.json";
import { checkCommand } from "./check.ts";
import { factsCommand } from "./facts.ts";
import { installCommand } from "./install.ts";
import { planCommand } from "./plan.ts";
import { pullCommand } from "./pull.ts";
import { schemaCommand } from "./schema.ts";
import type { Session } from "./session.ts";
import { unmountCommand } from "./unmount.ts";

/** The program: its commands, of which `install` runs when none is named. */
export function installerProgram(session: Session) {
  return defineCommand({
    meta: {
      name: "installer",
      version,
      description: "Put a prebuilt NixOS system on this machine",
    },
    default: "install",
    subCommands: {
      install: installCommand(session),
      plan: planCommand(session),
      pull: pullCommand(session),
      unmount: unmountCommand(session),
      check: checkCommand(session),
      facts: factsCommand(),
      schema: schemaCommand(),
    },
  });
}
