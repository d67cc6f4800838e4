import { InstallerError } from "../../errors.ts";
import { formatHash, parseHash } from "../../nix/hash.ts";
import { CommandError } from "../../run/command.ts";
import type { StepContext, StepData, StepDefinition } from "../../run/step.ts";
import { explainFull } from "../../store/disk-error.ts";
import { portableProgram } from "../../store/portable/nix.ts";
import { prepareStore } from "../../store/prepare-store.ts";
import { syncStore } from "../../store/sync-store.ts";
import {
  addReferences,
  forgetPaths,
  type StoreReference,
  validPaths,
} from "../../store/target-store.ts";
import { formatSize } from "../../values/size.ts";
import { totalNarSize } from "../closure.ts";
import { nothingFetched } from "../profile.ts";
import type { CopiedPath } from "./copied-path.ts";
import { CopyLog } from "./copy-log.ts";
import { CopyProgress } from "./copy-progress.ts";
import { type StoreTrust, storeEnvironment } from "./environment.ts";
import { pathsPerCommand } from "./path-info-query.ts";
import { storeCommandAddress, storeName, storePrograms } from "./store-address.ts";
import { storeProblem } from "./store-error.ts";
import { damagedCopies } from "./verify-copies.ts";

/**
 * Has the portable store's Nix copy paths from a store that only it can read (ssh, S3 …). Nix compares their hashes and
 * signatures itself, and registers them in the target's store.
 */
export interface NixCopyStep extends StepData, StoreTrust {
  readonly kind: "nix-copy";
  /** Where the target is mounted. */
  readonly root: string;
  /** The store, as in the manifest. */
  readonly store: string;
  /** What it refers to besides is in the target's store already. After those they refer to. */
  readonly paths: readonly CopiedPath[];
  /** Whether equal files become links of one, as `auto-optimise-store` of nix.conf has it. */
  readonly autoOptimise: boolean;
}

export const nixCopyStep: StepDefinition<NixCopyStep> = {
  kind: "nix-copy",
  reason: "cache",
  describe: ({ paths, store }) =>
    `Copy ${paths.length} store path${paths.length === 1 ? "" : "s"} from ${storeName(store)} with Nix (${formatSize(totalNarSize(paths))})`,
  commands: () => [],
  programs: ({ store }) => [portableProgram("nix"), ...storePrograms(store)],
  details: ({ store, root }) => [`nix copy --no-recursive --from ${store} --to ${targetUrl(root)}`],
  run: async (step, context) => {
    prepareStore(step.root, context.log);
    const before = validPaths(step.root);
    const registered = step.paths.filter(({ storePath }) => before.has(storePath));
    const damaged = await damagedCopies(step.root, registered, context);
    const forgotten = forgetDamaged(step.root, damaged);
    const missing = step.paths.filter(
      (path) => !before.has(path.storePath) || damaged.includes(path),
    );
    const progress = new CopyProgress(missing, context.progress);
    const started = performance.now();
    for (let first = 0; first < missing.length; first += pathsPerCommand) {
      await copy(step, missing.slice(first, first + pathsPerCommand), progress, context);
    }
    compareHashes(step, missing, validPaths(step.root));
    // Those of an earlier run, too, which may have been broken off right here.
    addReferences(step.root, [...forgotten, ...step.paths.flatMap(referencesOf)]);
    const copied = performance.now();
    syncStore(step.root);
    const synced = performance.now();
    const kept = step.paths.length - missing.length;
    context.log("debug", `${missing.length} paths copied, ${kept} were there already`);
    if (missing.length === 0) return;
    context.profile({
      ...nothingFetched,
      copy: {
        seconds: (copied - started) / 1000,
        paths: missing.length,
        narSize: totalNarSize(missing),
      },
      sync: (synced - copied) / 1000,
      register: 0,
    });
  },
};

/** Has Nix take damaged paths for missing; gives the references that are lost by it. */
function forgetDamaged(root: string, damaged: readonly CopiedPath[]): StoreReference[] {
  if (damaged.length === 0) return [];
  return forgetPaths(
    root,
    damaged.map(({ storePath }) => storePath),
  );
}

function referencesOf({ storePath, references }: CopiedPath): StoreReference[] {
  return references.map((reference) => ({ referrer: storePath, reference }));
}

/** The address of the target's store. */
function targetUrl(root: string): string {
  return `local?root=${encodeURIComponent(root).replaceAll("%2F", "/")}`;
}

async function copy(
  step: NixCopyStep,
  paths: readonly CopiedPath[],
  progress: CopyProgress,
  context: StepContext,
): Promise<void> {
  const said: string[] = [];
  const log = new CopyLog({
    onCopied: progress.copied,
    onStopped: progress.stopped,
    onMessage: (level, text) => {
      context.log("debug", text);
      said.push(level === "error" ? `error: ${text}` : text);
    },
  });
  const argv = [
    portableProgram("nix"),
    "copy",
    // Without it, Nix would ask for all that they refer to, which may be in no store but the target's.
    "--no-recursive",
    ...(step.autoOptimise ? ["--option", "auto-optimise-store", "true"] : []),
    "--log-format",
    "internal-json",
    "--from",
    storeCommandAddress(step.store).url,
    "--to",
    targetUrl(step.root),
    ...paths.map(({ storePath }) => storePath),
  ];
  try {
    await context.exec(argv, {
      environment: storeEnvironment(step.store, step),
      onErrorLine: (line) => log.line(line),
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw copyError(step, error, said, log.unfinished);
  }
}

function copyError(
  { store, root }: NixCopyStep,
  error: CommandError,
  said: readonly string[],
  unfinished: readonly string[],
): InstallerError {
  const text = said.join("\n");
  const { problem, hint } =
    error.status === undefined ? { problem: error.message } : storeProblem(text);
  // The one whose copy failed is the last that was begun.
  const storePath = unfinished.at(-1) ?? /\/nix\/store\/[\w+.?=-]+/.exec(problem)?.[0];
  const what = storePath === undefined ? "store paths" : storePath;
  const options = {
    cause: error,
    object: storePath ?? storeName(store),
    ...(hint === undefined ? {} : { hint }),
  };
  const [, isFull, diskFault] =
    /(No space left on device|Disk quota exceeded|database or disk is full)|(Read-only file system|disk I\/O error)/.exec(
      text,
    ) ?? [];
  if (isFull !== undefined) {
    const message = `${what} cannot be written below ${root}: ${explainFull(undefined, { path: root }).problem}`;
    return new InstallerError("disk", message, {
      ...options,
      hint: "Make the file system larger, then run the same command again.",
    });
  }
  if (diskFault !== undefined) {
    const message = `${what} cannot be written below ${root}: ${diskFault}`;
    return new InstallerError("disk", message, {
      ...options,
      hint: "The kernel's log (dmesg) says what is wrong with the disk.",
    });
  }
  const isWrong = /hash mismatch|lacks a (?:valid )?signature/.test(text);
  const message = `${what} could not be copied from ${storeName(store)}: ${problem}`;
  return new InstallerError(isWrong ? "integrity" : "cache", message, options);
}

/** Makes sure that what Nix has copied is what was found trustworthy before, and all of it. */
function compareHashes(
  { store }: NixCopyStep,
  copied: readonly CopiedPath[],
  valid: ReadonlyMap<string, string>,
): void {
  for (const { storePath, narHash } of copied) {
    const expected = formatHash(parseHash(narHash));
    const actual = valid.get(storePath);
    if (actual === expected) continue;
    const problem =
      actual === undefined
        ? "Nix did not register it"
        : `it has the NAR hash ${actual} there, not ${expected} as before`;
    throw new InstallerError("integrity", `${storePath} from ${storeName(store)}: ${problem}`, {
      object: storePath,
      hint: "Run the installer again; if this stays, the store changes while it is read.",
    });
  }
}
