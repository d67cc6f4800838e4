import { defineCommand } from "citty";
import { errorMessage, InstallerError } from "../errors.ts";
import { enterMountNamespace } from "../linux/namespace.ts";
import { planDocument } from "../plan/document/plan-document.ts";
import { definitionOf } from "../plan/plan.ts";
import { quoteArgument } from "../run/command.ts";
import { type FinishAction, finish } from "../run/finish.ts";
import { lockMachine } from "../run/machine-lock.ts";
import { runSteps } from "../run/runner.ts";
import { startWatchdog } from "../run/watchdog.ts";
import { readSecrets, type Secrets } from "../secrets/secrets.ts";
import {
  againArguments,
  consentArgument,
  manifestArguments,
  runArguments,
  targetArguments,
} from "./arguments.ts";
import { confirmLoss } from "./confirm.ts";
import { keepRecords } from "./keep-records.ts";
import {
  type AfterInterruption,
  type LoggedRun,
  profileTeller,
  withLoggedRun,
} from "./logged-run.ts";
import { lookForInstalled } from "./look-for-installed.ts";
import type { ManifestArguments } from "./manifest.ts";
import { type Preparation, preparePlan } from "./prepare.ts";
import { repair } from "./repair.ts";
import type { Session } from "./session.ts";

interface InstallArguments extends ManifestArguments {
  readonly root: string;
  readonly yes?: boolean | undefined;
  readonly reinstall?: boolean | undefined;
  readonly repair?: boolean | undefined;
}

/** What the user can do once signals have ended an install. */
function afterInterruption({ manifest }: InstallArguments): AfterInterruption {
  return {
    hint: "Run the same command again: it goes on where this one was broken off.",
    closing: `It closes what is open first; so does \`installer unmount --manifest ${quoteArgument(manifest)}\`.`,
  };
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

/** What an install is done with. */
interface Install {
  readonly options: InstallArguments;
  readonly session: Session;
  readonly run: LoggedRun;
}

/** Prepares an install. @param mode How what an earlier run has done counts. */
function prepare(
  { options, session, run: { signal, emit } }: Install,
  mode: { readonly reinstall?: boolean; readonly repair?: boolean },
): Promise<Preparation> {
  return preparePlan({ arguments: options, session, signal, emit, willRun: true, ...mode });
}

/** Reads what the steps of a plan need to be told. */
function secretsOf({ plan }: Preparation, { signal, emit }: LoggedRun): Promise<Secrets> {
  return readSecrets(
    plan.steps.flatMap((step) => definitionOf(step).secrets?.(step) ?? []),
    { signal, warn: (text) => emit({ type: "message", level: "warning", text }) },
  );
}

/**
 * What an earlier run of the same manifest, which made everything on the disks, has left to be done.
 *
 * @returns The plan to carry out; `undefined` when all is done.
 */
async function goOn(
  prepared: Preparation,
  given: Install,
  secrets: Secrets,
): Promise<Preparation | undefined> {
  const { run } = given;
  const { plan } = prepared;
  const tell = (text: string) => run.emit({ type: "message", level: "info", text });
  const mark = (await lookForInstalled(plan, run, secrets))?.mark;
  if (mark === undefined) {
    tell("an earlier run was broken off: what it made is kept, and what is missing is done now");
    return prepared;
  }
  const when = `${mark.toplevel}, installed at ${mark.installedAt}`;
  if (mark.toplevel === plan.toplevel) {
    tell(
      `nothing to do: this machine has ${when} (--repair looks whether it is whole, --reinstall begins anew)`,
    );
    return undefined;
  }
  tell(`this machine has another system of the same seed: ${when}`);
  return await prepare(given, { reinstall: true });
}

async function install(options: InstallArguments, session: Session, run: LoggedRun): Promise<void> {
  const { log, signal, emit, holds } = run;
  const given: Install = { options, session, run };
  const { reinstall = false } = options;
  const first = await prepare(given, { reinstall });
  const confirm = (plan: Preparation) => confirmLoss(planDocument(plan), options.yes === true, run);
  if (first.plan.progress === "unfinished") {
    const text = "an earlier run was broken off before all was made on the disks: that begins anew";
    run.emit({ type: "message", level: "info", text });
  }
  const isAgain = first.plan.progress === "made";
  if (!isAgain) await confirm(first);
  using secrets = await secretsOf(first, run);
  const prepared = isAgain ? await goOn(first, given, secrets) : first;
  if (prepared === undefined) {
    run.finished();
    return;
  }
  if (isAgain) await confirm(prepared);
  const { manifest, plan, walkSeconds } = prepared;
  await runSteps({
    steps: plan.steps,
    definitionOf,
    signal,
    emit,
    log,
    holds,
    secret: secrets.get,
    onProfile: profileTeller(walkSeconds, emit),
    beforeRelease: () => keepRecords({ ...prepared, log, source: session.manifest }),
  });
  run.finished();
  await finishInstalled(manifest.finish.action, run);
}

/** `installer --repair`: mends what an earlier run has installed. */
async function repairInstalled(options: InstallArguments, session: Session, run: LoggedRun) {
  const prepared = await prepare({ options, session, run }, { repair: true });
  using secrets = await secretsOf(prepared, run);
  await repair(prepared, run, secrets);
}

/** @throws {InstallerError} `usage` for what contradicts itself. */
function checkMode(args: InstallArguments): void {
  if (args.reinstall !== true || args.repair !== true) return;
  throw new InstallerError("usage", "--reinstall begins anew, and leaves --repair nothing", {
    hint: "Give one of them.",
  });
}

/** `installer --manifest FILE`: installs, unattended. */
export function installCommand(session: Session) {
  return defineCommand({
    meta: { name: "install", description: "Install the system of a manifest on this machine" },
    args: {
      ...manifestArguments,
      ...targetArguments,
      ...consentArgument,
      ...againArguments,
      ...runArguments,
    },
    run: async ({ args }) => {
      checkMode(args);
      enterMountNamespace();
      lockMachine();
      startWatchdog();
      const work = args.repair === true ? repairInstalled : install;
      await withLoggedRun(
        "install",
        args,
        session,
        (run) => work(args, session, run),
        afterInterruption(args),
      );
    },
  });
}
