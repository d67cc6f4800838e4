import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { InstallerError } from "../../../src/errors.ts";
import { readMountInfo } from "../../../src/linux/mount-info.ts";
import { enterMountNamespace } from "../../../src/linux/namespace.ts";
import { definitionOf } from "../../../src/plan/plan.ts";
import { CommandError } from "../../../src/run/command.ts";
import { RunLog } from "../../../src/run/log.ts";
import { runSteps } from "../../../src/run/runner.ts";
import type { Outcome, RunRequest } from "./installer-run.ts";

/*
 * The process that a test starts to carry out steps as the installer does: in a mount namespace of its own, by the real
 * runner. Arguments: the file of the request, the file for the outcome, the file for the log.
 */

enterMountNamespace();
const [requestFile = "", outcomeFile = "", logFile = ""] = process.argv.slice(2);
// The request is one of this test suite's own.
const request = JSON.parse(readFileSync(requestFile, "utf8")) as RunRequest;

function shell(script: string | undefined): string {
  if (script === undefined) return "";
  const { stdout, stderr, exitCode } = Bun.spawnSync(["sh", "-ec", script]);
  if (exitCode !== 0) throw new Error(`${script}: exit status ${exitCode}\n${stderr.toString()}`);
  return stdout.toString();
}

function failureOf(error: unknown): Outcome["error"] {
  if (!(error instanceof InstallerError)) throw error;
  const causes = [error.cause, error.cause instanceof Error ? error.cause.cause : undefined];
  const command = causes.find((cause) => cause instanceof CommandError);
  return {
    exitCode: error.exitCode,
    message: error.message,
    hint: error.hint ?? "",
    output: command?.output ?? "",
  };
}

const messages: string[] = [];
let error: Outcome["error"];
let whileHeld = "";
shell(request.before);
try {
  await runSteps({
    steps: request.steps,
    definitionOf,
    signal: new AbortController().signal,
    emit: (event) => {
      if (event.type === "message") messages.push(`${event.level}: ${event.text}`);
    },
    log: new RunLog(logFile),
    secret: () => new Uint8Array(),
    beforeRelease: async () => {
      whileHeld = shell(request.whileHeld);
    },
  });
} catch (thrown) {
  error = failureOf(thrown);
}
const mounts = readMountInfo().map(({ target }) => target);
const outcome: Outcome = { error, messages, whileHeld, after: shell(request.after), mounts };
writeFileSync(outcomeFile, JSON.stringify(outcome));
appendFileSync(logFile, "done\n");
