import { type ArgsDef, defineCommand } from "citty";
import { runStrict } from "../../../src/commands/strict.ts";
import { exitCodeOf } from "../../../src/errors.ts";
import { formatError } from "../../../src/run/format-error.ts";

/** A program with the shape of the installer, whose commands print what they were given. */

const args = {
  manifest: {
    type: "string",
    alias: "m",
    required: true,
    valueHint: "FILE",
    description: "What to install",
  },
  "dry-run": { type: "boolean", description: "Only say what would be done" },
  verify: {
    type: "boolean",
    default: true,
    description: "Check signatures",
    negativeDescription: "Do not",
  },
  format: {
    type: "enum",
    options: ["plain", "json"],
    default: "plain",
    description: "How to print",
  },
} satisfies ArgsDef;

const install = defineCommand({
  meta: { name: "install", description: "Install" },
  args,
  run: ({ args: { manifest, "dry-run": dryRun, verify, format } }) => {
    process.stdout.write(`install ${JSON.stringify({ manifest, dryRun, verify, format })}`);
  },
});

const plan = defineCommand({
  meta: { name: "plan", description: "Plan" },
  args,
  run: ({ args: { manifest } }) => {
    process.stdout.write(`plan ${JSON.stringify({ manifest })}`);
    return 4;
  },
});

const check = defineCommand({
  meta: { name: "check", description: "Check" },
  args: { file: { type: "positional", description: "The manifest" } },
  run: ({ args: { file } }) => {
    if (file === "fail") throw new TypeError("thrown by the command");
    process.stdout.write(`check ${JSON.stringify({ file })}`);
  },
});

export const program = defineCommand({
  meta: { name: "installer", version: "1.2.3", description: "Test program" },
  default: "install",
  subCommands: { install, plan, check },
});

if (import.meta.main) {
  try {
    process.exitCode = await runStrict(program, process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${formatError(error, { colour: false })}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
