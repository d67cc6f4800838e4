import { syncStore } from "../store/sync-store.ts";
import { registerPaths } from "../store/target-store.ts";
import type { PullStepProfile } from "./profile.ts";
import { type PullOptions, type PullReport, pullClosure } from "./pull.ts";

/** What {@link pullAndRegister} did. */
export interface RegisteredPull extends Omit<PullReport, "profile"> {
  /** Where the time went; absent where nothing was there and nothing was fetched. */
  readonly profile?: PullStepProfile;
}

/**
 * Makes every path of a closure be in the target's store as it should be, see {@link pullClosure}, and valid in its
 * database: for an install, for one that goes on, and to mend a store. It may be broken off at any time, by whatever, and
 * called again.
 *
 * @throws {InstallerError} as {@link pullClosure}.
 */
export async function pullAndRegister(options: PullOptions): Promise<RegisteredPull> {
  const { root } = options;
  const { profile, ...report } = await pullClosure(options);
  // The files first: a path must not be called valid before its contents are sure to be on the disk.
  const sync = seconds(() => syncStore(root));
  const register = seconds(() => registerPaths(root, report.paths, Math.floor(Date.now() / 1000)));
  return profile === undefined ? report : { ...report, profile: { ...profile, sync, register } };
}

/** How long something takes. */
function seconds(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}
