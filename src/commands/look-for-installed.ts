import { lookPlan } from "../plan/look-plan.ts";
import { definitionOf, type Plan } from "../plan/plan.ts";
import { runSteps } from "../run/runner.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { type InstalledMark, readInstalledMark } from "../system/installed-mark.ts";
import type { LoggedRun } from "./logged-run.ts";

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
): Promise<InstalledMark | undefined> {
  const look = lookPlan(plan);
  if (look === undefined) return undefined;
  let mark: Promise<InstalledMark | undefined> = Promise.resolve(undefined);
  await runSteps({
    steps: look.steps,
    definitionOf,
    signal,
    emit,
    log,
    holds,
    secret: secrets.get,
    beforeRelease: async () => {
      mark = readInstalledMark(look.markDirectory);
      await mark;
    },
  });
  return await mark;
}
