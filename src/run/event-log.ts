import { release } from "node:os";
import { formatCommand } from "./command.ts";
import type { RunEvent } from "./events.ts";
import { formatError } from "./format-error.ts";
import { formatJsonEvent } from "./terminal/json-event.ts";

/** The command line, without what an address in it may hold of passwords. */
function commandLine(): string {
  const argv = process.argv
    .slice(2)
    .map((word) => word.replace(/\/\/[^/@]*@/, "//").replace(/\?.*$/, "?..."));
  return formatCommand(["installer", ...argv]);
}

function number(index: number, total: number): string {
  return `[${index}/${total}]`;
}

/** An event as the log has it; `undefined` for progress, of which the log has the end. */
export function formatEvent(event: RunEvent): string | undefined {
  switch (event.type) {
    case "run": {
      const { bun } = process.versions;
      const runtime = `Bun ${bun}, ${process.platform} ${release()}, ${process.arch}`;
      return `installer ${event.installer} (${runtime})\n$ ${commandLine()}`;
    }
    case "plan": {
      const steps = event.steps.map(({ id, title }, index) => {
        return `  ${number(index + 1, event.steps.length)} ${title} (${id})`;
      });
      return ["plan:", ...steps].join("\n");
    }
    case "step-started":
      return `${number(event.index, event.total)} begin: ${event.title} (${event.id})`;
    case "step-finished":
      return `done after ${event.seconds.toFixed(3)} s: ${event.id}`;
    case "step-failed":
      return `failed after ${event.seconds.toFixed(3)} s: ${event.id}`;
    case "message":
      return `${event.level}: ${event.text}`;
    case "activity":
      return event.progress === undefined ? event.text : undefined;
    case "finding": {
      const { severity, object, message, hint, id } = event.finding;
      return `${severity}: ${object}: ${message} [${id}]${hint === undefined ? "" : `\n  ${hint}`}`;
    }
    case "profile":
      // As a program reads it: the figures are many.
      return formatJsonEvent(event, new Date()).join("\n");
    case "failed":
      return formatError(event.error, { colour: false });
    case "result":
      return `exit status ${event.exitCode} after ${event.seconds.toFixed(3)} s`;
    case "step-progress":
      return undefined;
  }
  return undefined;
}
