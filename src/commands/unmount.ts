import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { defineCommand } from "citty";
import { type CloseOpenStep, closeOpenStep, openOn } from "../disk/wiping/close-open.ts";
import { InstallerError } from "../errors.ts";
import { gatherFacts } from "../facts/gather.ts";
import { ownDisks } from "../plan/own-disks.ts";
import { stepPrograms } from "../plan/programs.ts";
import { lockMachine } from "../run/machine-lock.ts";
import { runSteps } from "../run/runner.ts";
import { manifestArguments, runArguments, targetArguments } from "./arguments.ts";
import { type LoggedRun, withLoggedRun } from "./logged-run.ts";
import { loadManifest, type ManifestArguments } from "./manifest.ts";
import type { Session } from "./session.ts";

interface UnmountArguments extends ManifestArguments {
  readonly root: string;
}

async function unmount(options: UnmountArguments, session: Session, run: LoggedRun): Promise<void> {
  const { signal, emit, log, holds } = run;
  const { manifest } = await loadManifest(options, session, signal);
  const root = await realpath(options.root).catch(() => resolve(options.root));
  const facts = await gatherFacts({ tools: stepPrograms, signal });
  const disks = ownDisks({ manifest, facts, root });
  if (openOn(disks).length === 0) {
    const text = "nothing is open of what this manifest made";
    emit({ type: "message", level: "info", text });
    run.finished();
    return;
  }
  const { udev } = facts.liveSystem;
  const steps: readonly CloseOpenStep[] = [{ kind: "close-open", id: "close", disks, udev }];
  await runSteps({ steps, definitionOf: () => closeOpenStep, signal, emit, log, holds });
  run.finished();
}

/** `installer unmount`: closes what a run that was killed has left open, and nothing else. */
export function unmountCommand(session: Session) {
  return defineCommand({
    meta: {
      name: "unmount",
      description: "Close what an install that was killed has left open, and do no more",
    },
    args: { ...manifestArguments, ...targetArguments, ...runArguments },
    run: async ({ args }) => {
      if (process.geteuid?.() !== 0) {
        throw new InstallerError("refused", "unmounting needs the rights of root", {
          hint: "Run the same command as root, for example with sudo.",
        });
      }
      lockMachine();
      await withLoggedRun("unmount", args, session, (run) => unmount(args, session, run));
    },
  });
}
