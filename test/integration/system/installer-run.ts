import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Step } from "../../../src/plan/plan.ts";
import { buildDirectory } from "../../support/scratch.ts";

/** A step of this room. */
export type SystemStep = Extract<
  Step,
  {
    readonly kind:
      | "profile"
      | "prepare-root"
      | "chroot"
      | "activate"
      | "tmpfiles"
      | "boot-loader"
      | "boot-check";
  }
>;

/** What a process in a mount namespace of its own is to do. */
export interface RunRequest {
  readonly steps: readonly SystemStep[];
  /** Shell script run in the namespace before the first step. */
  readonly before?: string;
  /** Shell script run in the namespace after the last step, while everything is still mounted. */
  readonly whileHeld?: string;
  /** Shell script run in the namespace when everything is released. */
  readonly after?: string;
}

/** What came of it. */
export interface Outcome {
  readonly error:
    | {
        readonly exitCode: number;
        readonly message: string;
        readonly hint: string;
        /** The last lines of the command that failed. */
        readonly output: string;
      }
    | undefined;
  /** What the steps said, each with its level in front. */
  readonly messages: readonly string[];
  /** What {@link RunRequest.whileHeld} printed. */
  readonly whileHeld: string;
  /** What {@link RunRequest.after} printed. */
  readonly after: string;
  /** Mount points in the namespace when everything was released. */
  readonly mounts: readonly string[];
}

/** How {@link runInstaller} starts the process. */
export interface InstallerOptions {
  /** Variables of the live system's environment that must not reach the target. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Put in front of the command line, as `unshare --net`. */
  readonly prefix?: readonly string[];
}

/**
 * Carries out steps in a process of its own, as the installer does.
 *
 * @param scratch Where its files go.
 * @returns The outcome, and the text of the log.
 */
export async function runInstaller(
  scratch: string,
  request: RunRequest,
  options: InstallerOptions = {},
): Promise<Outcome & { readonly log: string }> {
  const [requestFile, outcomeFile, logFile] = ["request.json", "outcome.json", "log"].map((name) =>
    join(scratch, name),
  );
  if (requestFile === undefined || outcomeFile === undefined || logFile === undefined) {
    throw new Error("no scratch files");
  }
  await Bun.write(requestFile, JSON.stringify(request));
  const bun = join(buildDirectory, "../node_modules/.bin/bun");
  const child = Bun.spawn(
    [
      ...(options.prefix ?? []),
      bun,
      fileURLToPath(import.meta.resolve("./run-in-namespace.ts")),
      requestFile,
      outcomeFile,
      logFile,
    ],
    {
      env: { PATH: process.env.PATH ?? "", HOME: "/root", ...options.environment },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [stderr, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (exitCode !== 0) throw new Error(`the run ended with exit status ${exitCode}:\n${stderr}`);
  // Written by the process this one started.
  const outcome = (await Bun.file(outcomeFile).json()) as Outcome;
  return { ...outcome, log: await Bun.file(logFile).text() };
}

/** The steps that make a closure on a disk a system, as the plan has them. */
export function systemSteps(
  root: string,
  toplevel: string,
  options: { readonly firmware?: "uefi" | "bios"; readonly efiVariables?: boolean } = {},
): { readonly [Kind in SystemStep["kind"]]: Extract<SystemStep, { kind: Kind }> } {
  const { firmware = "bios", efiVariables = false } = options;
  const target = { root, toplevel };
  return {
    profile: { kind: "profile", id: "profile", ...target, system: "x86_64-linux" },
    "prepare-root": { kind: "prepare-root", id: "prepare-root", ...target },
    chroot: { kind: "chroot", id: "chroot", ...target, firmware, efiVariables },
    activate: { kind: "activate", id: "activate", ...target },
    tmpfiles: { kind: "tmpfiles", id: "tmpfiles", ...target },
    "boot-loader": { kind: "boot-loader", id: "boot-loader", ...target },
    "boot-check": {
      kind: "boot-check",
      id: "boot-check",
      ...target,
      firmware,
      efiVariables,
      fileSystems: [],
      disks: [],
    },
  };
}
