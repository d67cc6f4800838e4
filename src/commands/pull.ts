import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { defineCommand } from "citty";
import { pullStep } from "../cache/pull-step.ts";
import { errorCode, InstallerError } from "../errors.ts";
import { parsePullManifest } from "../manifest/parse.ts";
import { unsignedWarning } from "../plan/make-plan.ts";
import { runSteps } from "../run/runner.ts";
import { manifestArguments, runArguments, targetArguments } from "./arguments.ts";
import { type LoggedRun, profileEvent, withLoggedRun } from "./logged-run.ts";
import { loadManifest, type ManifestArguments } from "./manifest.ts";
import type { Session } from "./session.ts";
import { walkCaches } from "./walk.ts";

interface PullArguments extends ManifestArguments {
  readonly root: string;
}

/** @throws {InstallerError} `refused` where no store can be made below a directory. */
async function checkRoot(root: string): Promise<void> {
  const refuse = (message: string, hint: string) =>
    new InstallerError("refused", message, { object: root, hint });
  if (process.geteuid?.() !== 0) {
    throw refuse(
      "pulling needs the rights of root, who owns what is in a store",
      "Run the same command as root, for example with sudo.",
    );
  }
  if (root === "/") {
    throw refuse(
      "the store of the running system is no target",
      "Name the directory where the new system's file systems are mounted.",
    );
  }
  const there = await stat(root).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw error;
  });
  if (there?.isDirectory() === true) return;
  throw refuse(
    there === undefined ? `${root} does not exist` : `${root} is not a directory`,
    "Mount the new system's file systems there first, or choose another --root.",
  );
}

async function pull(options: PullArguments, session: Session, run: LoggedRun): Promise<void> {
  const { signal, emit, log } = run;
  const root = resolve(options.root);
  await checkRoot(root);
  const { manifest } = await loadManifest(options, session, signal, parsePullManifest);
  const { connections, "require-sigs": requireSignatures } = manifest.cache;
  if (!requireSignatures) emit({ type: "message", level: "warning", text: unsignedWarning });
  const { closure, seconds } = await walkCaches(manifest, run);
  await runSteps({
    steps: [{ kind: "pull", id: "pull", root, closure, connections } as const],
    definitionOf: () => pullStep,
    signal,
    emit,
    log,
    onProfile: (profile) => emit(profileEvent(profile, seconds)),
  });
  run.finished();
}

/** `installer pull`: brings the closure of a manifest's system into the store below a directory; touches no disk. */
export function pullCommand(session: Session) {
  return defineCommand({
    meta: {
      name: "pull",
      description: "Bring the system of a manifest into the store below --root, and do no more",
    },
    args: { ...manifestArguments, ...targetArguments, ...runArguments },
    run: ({ args }) => withLoggedRun(args, session, (run) => pull(args, session, run)),
  });
}
