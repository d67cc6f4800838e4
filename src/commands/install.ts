import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { defineCommand } from "citty";
import { errorMessage, InstallerError } from "../errors.ts";
import { enterMountNamespace } from "../linux/namespace.ts";
import { definitionOf } from "../plan/plan.ts";
import type { RunEvent } from "../run/events.ts";
import { type FinishAction, finish } from "../run/finish.ts";
import { interruptionSignal } from "../run/interruption.ts";
import { RunLog } from "../run/log.ts";
import { runSteps } from "../run/runner.ts";
import { formatJsonEvent } from "../run/terminal/json-event.ts";
import { createReporter, type ReportFormat } from "../run/terminal/reporter.ts";
import { openTerminal } from "../run/terminal/terminal.ts";
import { readSecrets } from "../secrets/secrets.ts";
import { resolveInRoot } from "../system/root-path.ts";
import { manifestArguments, targetArguments } from "./arguments.ts";
import type { ManifestArguments } from "./manifest.ts";
import { preparePlan } from "./prepare.ts";
import type { Session } from "./session.ts";

/** Where the installed system keeps the log of its installation. */
const installedLog = { directory: "/var/log/landfall", name: "install.log" };

interface InstallArguments extends ManifestArguments {
  readonly root: string;
  readonly "log-format": ReportFormat;
  readonly "log-file"?: string | undefined;
}

/** Shows every event and keeps it in the log; progress is only shown. */
function eventSink(format: ReportFormat, log: RunLog) {
  const reporter = createReporter({ terminal: openTerminal(1), format });
  const emit = (event: RunEvent) => {
    reporter.report(event);
    if (event.type !== "progress") log.write(formatJsonEvent(event, new Date()));
  };
  return { emit, close: reporter.close };
}

/** Leaves the log in the installed system. */
async function keepLog(log: RunLog, root: string): Promise<void> {
  try {
    const directory = await resolveInRoot(root, installedLog.directory);
    await mkdir(directory, { recursive: true, mode: 0o755 });
    log.copyTo(join(directory, installedLog.name));
  } catch (cause) {
    const message = `the log stays at ${log.path}: it cannot be kept in the installed system`;
    throw new InstallerError("system", `${message} (${errorMessage(cause)})`, { cause });
  }
}

/** Reboots or powers off; that the system is installed is true whatever comes of it. */
async function finishInstalled(
  action: FinishAction,
  signal: AbortSignal,
  emit: (event: RunEvent) => void,
): Promise<void> {
  const warn = (text: string) => emit({ type: "message", level: "warning", text });
  if (signal.aborted) {
    if (action !== "none") warn(`interrupted: the system is installed, ${action} is left to you`);
    return;
  }
  try {
    await finish(action);
  } catch (error) {
    warn(errorMessage(error));
  }
}

async function install(options: InstallArguments, session: Session): Promise<void> {
  const started = performance.now();
  const log = new RunLog(options["log-file"]);
  session.log = log.path;
  const signal = interruptionSignal();
  const { emit, close } = eventSink(options["log-format"], log);
  try {
    const { manifest, plan } = await preparePlan({
      arguments: options,
      session,
      signal,
      emit,
      willRun: true,
    });
    using secrets = await readSecrets(
      plan.steps.flatMap((step) => definitionOf(step).secrets?.(step) ?? []),
      { signal, warn: (text) => emit({ type: "message", level: "warning", text }) },
    );
    await runSteps({
      steps: plan.steps,
      definitionOf,
      signal,
      emit,
      log,
      secret: secrets.get,
      beforeRelease: () => keepLog(log, plan.root),
    });
    const seconds = (performance.now() - started) / 1000;
    emit({ type: "finished", seconds, log: log.path });
    await finishInstalled(manifest.finish.action, signal, emit);
  } catch (error) {
    emit({ type: "failed", error });
    throw error;
  } finally {
    close();
  }
}

/** `installer --manifest FILE`: installs, unattended. */
export function installCommand(session: Session) {
  return defineCommand({
    meta: { name: "install", description: "Install the system of a manifest on this machine" },
    args: {
      ...manifestArguments,
      ...targetArguments,
      "log-format": {
        type: "enum",
        options: ["auto", "plain", "json"] as ReportFormat[],
        default: "auto",
        description: "A live list on a terminal and lines elsewhere, lines, or one event per line",
      },
      "log-file": {
        type: "string",
        valueHint: "FILE",
        description: "Where to keep the log [/var/log/landfall.log, else /run, else /tmp]",
      },
    },
    run: async ({ args }) => {
      enterMountNamespace();
      await install(args, session);
    },
  });
}
