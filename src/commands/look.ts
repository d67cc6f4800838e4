import { checkMountRoot } from "../disk/mounting/mount-point.ts";
import { luksSecrets } from "../disk/objects/luks.ts";
import type { Facts } from "../facts/facts.ts";
import { gatherFacts } from "../facts/gather.ts";
import type { FindingId } from "../findings/catalogue.ts";
import type { Finding } from "../findings/finding.ts";
import { findingsOf } from "../findings/refusal-error.ts";
import type { Manifest } from "../manifest/schema.ts";
import { stepNeeds } from "../plan/programs.ts";
import { examineSecrets } from "../secrets/examine.ts";
import { tarballSize } from "../store/portable/tarball-source.ts";
import { namesNixStores } from "./nix-stores.ts";
import { probeServers } from "./servers.ts";

/** What {@link lookAtMachine} saw. */
export interface Sight {
  readonly facts: Facts;
  /** What was found in places that no fact tells of: the mount root, the portable store's tarball, secrets. */
  readonly observed: readonly Finding[];
  /** Bytes of the portable store's tarball, where they are known. */
  readonly tarballSize: number | undefined;
}

/** What a look comes to: its result, or what was found in its place. */
async function attempt<Result>(
  id: FindingId,
  look: () => Promise<Result>,
): Promise<{ readonly result?: Result; readonly found: readonly Finding[] }> {
  try {
    return { result: await look(), found: [] };
  } catch (error) {
    return { found: findingsOf(error, id) };
  }
}

/**
 * Looks at the machine and at what a manifest names on it. Changes nothing.
 *
 * @param root Where the target will be mounted.
 * @param willRun Whether the plan will be carried out by this process, so that its standard input must be there.
 */
export async function lookAtMachine(
  manifest: Manifest,
  root: string,
  willRun: boolean,
  signal: AbortSignal,
): Promise<Sight> {
  const tarball = manifest["portable-store"]?.tarball;
  // Standard input is nobody's business where nothing will be read from it.
  const isRead = tarball !== undefined && (tarball !== "-" || willRun || namesNixStores(manifest));
  // Whether a device is made or kept changes nothing about where its secrets are.
  const uses = Object.entries(manifest.luks).flatMap(([name, table]) =>
    luksSecrets(name, table, false),
  );
  const [facts, servers, mountRoot, size, secrets] = await Promise.all([
    gatherFacts({ ...stepNeeds, signal }),
    probeServers(manifest),
    attempt("preflight/mount-root", () => checkMountRoot(root)),
    attempt("preflight/portable-store", async () =>
      isRead ? await tarballSize(tarball) : undefined,
    ),
    examineSecrets(uses),
  ]);
  return {
    facts: { ...facts, servers },
    observed: [...mountRoot.found, ...size.found, ...secrets],
    tarballSize: size.result,
  };
}
