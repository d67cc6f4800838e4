import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { defineCommand } from "citty";
import { errorMessage, InstallerError } from "../errors.ts";
import { enterMountNamespace } from "../linux/namespace.ts";
import { definitionOf } from "../plan/plan.ts";
import { type FinishAction, finish } from "../run/finish.ts";
import type { RunLog } from "../run/log.ts";
import { runSteps } from "../run/runner.ts";
import { readSecrets } from "../secrets/secrets.ts";
import { resolveInRoot } from "../system/root-path.ts";
import { consentArgument, manifestArguments, runArguments, targetArguments } from "./arguments.ts";
import { type LoggedRun, profileTeller, withLoggedRun } from "./logged-run.ts";
import type { ManifestArguments } from "./manifest.ts";
import { preparePlan } from "./prepare.ts";
import type { Session } from "./session.ts";

/** Where the installed system keeps the log of its installation. */
const installedLog = { directory: "/var/log/landfall", name: "install.log" };

interface InstallArguments extends ManifestArguments {
  readonly root: string;
}

const interruptedHint =
  "Run the same command again; a disk that was written to needs wipe = true then.";

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
async function finishInstalled(action: FinishAction, { signal, emit }: LoggedRun): Promise<void> {
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

async function install(options: InstallArguments, session: Session, run: LoggedRun): Promise<void> {
  const { log, signal, emit } = run;
  const { manifest, plan, walkSeconds } = await preparePlan({
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
    onProfile: profileTeller(walkSeconds, emit),
    beforeRelease: () => keepLog(log, plan.root),
  });
  run.finished();
  await finishInstalled(manifest.finish.action, run);
}

/** `installer --manifest FILE`: installs, unattended. */
export function installCommand(session: Session) {
  return defineCommand({
    meta: { name: "install", description: "Install the system of a manifest on this machine" },
    args: { ...manifestArguments, ...targetArguments, ...consentArgument, ...runArguments },
    run: async ({ args }) => {
      enterMountNamespace();
      await withLoggedRun(args, session, (run) => install(args, session, run), interruptedHint);
    },
  });
}
