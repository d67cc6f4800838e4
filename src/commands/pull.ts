import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { defineCommand } from "citty";
import { transferSteps } from "../cache/nix-store/transfer-steps.ts";
import { errorCode, InstallerError } from "../errors.ts";
import { gatherFacts } from "../facts/gather.ts";
import { refuseErrors } from "../findings/refusal-error.ts";
import { ensureEngineOptions } from "../linux/restart.ts";
import { parsePullManifest } from "../manifest/parse.ts";
import type { Manifest } from "../manifest/schema.ts";
import { judgedBy } from "../plan/make-plan.ts";
import { definitionOf, type Step } from "../plan/plan.ts";
import { judgeSignatures } from "../plan/preflight/signatures.ts";
import { judgeStores } from "../plan/preflight/stores.ts";
import { runSteps } from "../run/runner.ts";
import { tarballSize } from "../store/portable/tarball-source.ts";
import { manifestArguments, runArguments, targetArguments } from "./arguments.ts";
import { type LoggedRun, profileTeller, withLoggedRun } from "./logged-run.ts";
import { loadManifest, type ManifestArguments } from "./manifest.ts";
import { namesNixStores, prepareNixStores } from "./nix-stores.ts";
import { useServerAccess } from "./server-access.ts";
import type { Session } from "./session.ts";
import { tellWarnings } from "./tell-findings.ts";
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

/** Makes the portable store ready where its Nix must read substituters; gives the step that takes it over. */
async function portableStoreSteps(
  manifest: Manifest,
  source: string,
  root: string,
  run: LoggedRun,
): Promise<readonly Step[]> {
  const tarball = manifest["portable-store"]?.tarball;
  if (tarball === undefined || !namesNixStores(manifest)) return [];
  const facts = await gatherFacts({ tools: ["ssh"], signal: run.signal });
  refuseErrors(judgedBy(judgeStores({ manifest, facts }), manifest));
  const size = await tarballSize(tarball);
  return await prepareNixStores({ manifest, source, facts, root, tarballSize: size }, run);
}

async function pull(options: PullArguments, session: Session, run: LoggedRun): Promise<void> {
  const { signal, emit, log, holds } = run;
  const root = resolve(options.root);
  await checkRoot(root);
  const { manifest } = await loadManifest(options, session, signal, parsePullManifest);
  await useServerAccess(manifest);
  tellWarnings(judgeSignatures({ manifest }), emit);
  const portableStore = await portableStoreSteps(manifest, options.manifest, root, run);
  const { closure, seconds } = await walkCaches(manifest, run);
  await runSteps({
    steps: [
      ...portableStore,
      ...transferSteps(closure, { ...manifest.cache, ...manifest.store }, root),
    ],
    definitionOf,
    signal,
    emit,
    log,
    holds,
    onProfile: profileTeller(seconds, emit),
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
    run: async ({ args }) => {
      ensureEngineOptions();
      await withLoggedRun("pull", args, session, (run) => pull(args, session, run));
    },
  });
}
