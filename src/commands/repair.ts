import { InstallerError } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";
import { repairDefinitionOf, repairSteps } from "../plan/repair-plan.ts";
import { runSteps } from "../run/runner.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { type LoggedRun, profileTeller } from "./logged-run.ts";
import { type InstalledSystem, lookForInstalled } from "./look-for-installed.ts";
import type { Preparation } from "./prepare.ts";

/** @throws {InstallerError} `refused` where what is there is not what the manifest installed, or is no more. */
function checkInstalled(found: InstalledSystem | undefined, { toplevel }: Plan): void {
  if (found === undefined) {
    throw new InstallerError("refused", "the install of this manifest was not finished", {
      object: toplevel,
      hint: "Run the same command without --repair: it goes on where the earlier run was broken off.",
    });
  }
  const { mark, newest } = found;
  if (mark.toplevel !== toplevel) {
    throw new InstallerError(
      "refused",
      `this machine was installed with another system: ${mark.toplevel}, at ${mark.installedAt}`,
      { object: toplevel, hint: "Repair it with the manifest that names that system." },
    );
  }
  if (newest === undefined || newest.toplevel === toplevel) return;
  throw new InstallerError(
    "refused",
    `the machine has moved on: generation ${newest.number} of its system profile is ${newest.toplevel ?? "no store path"}`,
    {
      object: toplevel,
      hint: "A repair would make the manifest's system the one that boots. Name the newest one in the manifest, or repair it from within.",
    },
  );
}

/**
 * Mends what an earlier run of the same manifest has installed: every store path is compared with its hash, the boot
 * loader is installed again and checked. No activation, no change of the profile, and no data is touched.
 *
 * @param prepared One whose disks an earlier run made.
 * @throws {InstallerError} `refused` where the machine has another system by now.
 */
export async function repair(
  { plan, walkSeconds }: Preparation,
  run: LoggedRun,
  secrets: Secrets,
): Promise<void> {
  const { log, signal, emit, holds } = run;
  checkInstalled(await lookForInstalled(plan, run, secrets), plan);
  await runSteps({
    steps: repairSteps(plan),
    definitionOf: repairDefinitionOf,
    signal,
    emit,
    log,
    holds,
    secret: secrets.get,
    onProfile: profileTeller(walkSeconds, emit),
  });
  run.finished();
}
