import { join } from "node:path";
import type { StepContext } from "../../run/step.ts";
import { isThere } from "../../store/verify-path.ts";
import { untilAborted } from "../until-aborted.ts";
import { type VerifiedPaths, verifyPaths } from "../verify-paths.ts";
import { WorkerTeam } from "../worker-team.ts";
import type { CopiedPath } from "./copied-path.ts";

/** Requests at once, of threads that make none. */
const connections = 32;

/**
 * Compares the paths that an earlier run had Nix copy, and Nix has registered, with their hashes: Nix would take them for
 * right.
 *
 * @param root Where the target is mounted.
 * @returns Those that are wrong or not there at all.
 * @throws {InstallerError} with reason `disk`; the signal's reason once it is aborted.
 */
export async function damagedCopies(
  root: string,
  registered: readonly CopiedPath[],
  context: Pick<StepContext, "signal" | "progress" | "log">,
): Promise<CopiedPath[]> {
  const there = registered.filter(({ storePath }) => isThere(join(root, storePath)));
  if (there.length === 0) return [...registered];
  const storeDirectory = join(root, "nix/store");
  const team = new WorkerTeam({
    storeDirectory,
    connections,
    paths: there.length,
    autoOptimise: false,
    substituters: [],
    http: undefined,
    onReceived: () => {},
    onLog: context.log,
  });
  let verified: VerifiedPaths<CopiedPath>;
  try {
    const options = {
      storeDirectory,
      workers: team.workers,
      isRegistered: () => true,
      onProgress: context.progress,
      log: context.log,
    };
    verified = await untilAborted(context.signal, verifyPaths(there, options));
  } finally {
    await team.stop();
  }
  const sound = new Set(there).difference(new Set(verified.wrong));
  return registered.filter((path) => !sound.has(path));
}
