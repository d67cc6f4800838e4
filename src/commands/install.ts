import { defineCommand } from "citty";
import { errorMessage } from "../errors.ts";
import { enterMountNamespace } from "../linux/namespace.ts";
import { planDocument } from "../plan/document/plan-document.ts";
import { definitionOf } from "../plan/plan.ts";
import { type FinishAction, finish } from "../run/finish.ts";
import { runSteps } from "../run/runner.ts";
import { readSecrets } from "../secrets/secrets.ts";
import { consentArgument, manifestArguments, runArguments, targetArguments } from "./arguments.ts";
import { confirmLoss } from "./confirm.ts";
import { keepRecords } from "./keep-records.ts";
import { type LoggedRun, profileTeller, withLoggedRun } from "./logged-run.ts";
import type { ManifestArguments } from "./manifest.ts";
import { preparePlan } from "./prepare.ts";
import type { Session } from "./session.ts";

interface InstallArguments extends ManifestArguments {
  readonly root: string;
  readonly yes?: boolean | undefined;
}

const interruptedHint =
  "Run the same command again; a disk that was written to needs wipe = true then.";

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
  const prepared = await preparePlan({
    arguments: options,
    session,
    signal,
    emit,
    willRun: true,
  });
  const { manifest, plan, walkSeconds } = prepared;
  await confirmLoss(planDocument(prepared), options.yes === true, run);
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
    beforeRelease: () => keepRecords({ ...prepared, log, source: session.manifest }),
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
      const work = (run: LoggedRun) => install(args, session, run);
      await withLoggedRun("install", args, session, work, interruptedHint);
    },
  });
}
