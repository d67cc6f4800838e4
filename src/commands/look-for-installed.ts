import { join, relative } from "node:path";
import { lookPlan } from "../plan/look-plan.ts";
import { definitionOf, type Plan } from "../plan/plan.ts";
import { runSteps } from "../run/runner.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { type InstalledMark, markDirectory, readInstalledMark } from "../system/installed-mark.ts";
import {
  profiles,
  readNewestGeneration,
  type SystemGeneration,
} from "../system/profile-generations.ts";
import type { LoggedRun } from "./logged-run.ts";

/** What a finished install has left, and what has become of it. */
export interface InstalledSystem {
  readonly mark: InstalledMark;
  /** The newest generation of the system profile; `undefined` where there is none. */
  readonly newest: SystemGeneration | undefined;
}

/** Reads what is known of an install. @param directory The directory of the mark, on the live system. */
async function readInstalled(directory: string): Promise<InstalledSystem | undefined> {
  const mark = await readInstalledMark(directory);
  if (mark === undefined) return undefined;
  const newest = await readNewestGeneration(join(directory, relative(markDirectory, profiles)));
  return { mark, newest };
}

/**
 * Looks on disks that an earlier run of the same manifest made for an install that was finished: opens them, mounts one
 * file system read-only, and closes everything again.
 *
 * @returns `undefined` when the install was not finished.
 * @throws {InstallerError} when they cannot be opened.
 */
export async function lookForInstalled(
  plan: Plan,
  { log, signal, emit, holds }: LoggedRun,
  secrets: Secrets,
): Promise<InstalledSystem | undefined> {
  const look = lookPlan(plan);
  if (look === undefined) return undefined;
  let found: Promise<InstalledSystem | undefined> = Promise.resolve(undefined);
  await runSteps({
    steps: look.steps,
    definitionOf,
    signal,
    emit,
    log,
    holds,
    secret: secrets.get,
    beforeRelease: async () => {
      found = readInstalled(look.markDirectory);
      await found;
    },
  });
  return await found;
}
