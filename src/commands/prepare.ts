import { resolve } from "node:path";
import { checkMountRoot } from "../disk/mounting/mount-point.ts";
import { gatherFacts } from "../facts/gather.ts";
import type { Manifest } from "../manifest/schema.ts";
import { makePlan, planMachine } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { stepNeeds } from "../plan/programs.ts";
import type { RunEvent } from "../run/events.ts";
import { tarballSize } from "../store/portable/tarball-source.ts";
import { loadManifest, type ManifestArguments } from "./manifest.ts";
import { namesNixStores, prepareNixStores } from "./nix-stores.ts";
import type { Session } from "./session.ts";
import { walkCaches } from "./walk.ts";

/** What {@link preparePlan} needs. */
export interface PrepareOptions {
  readonly arguments: ManifestArguments & { readonly root: string };
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  /** Whether the plan will be carried out by this process, so that its standard input must be there. */
  readonly willRun: boolean;
}

/** What is known before anything is written. */
export interface Preparation {
  readonly manifest: Manifest;
  readonly plan: Plan;
  /** How long the caches were asked for the closure. */
  readonly walkSeconds: number;
}

/**
 * Finds out everything that can be known beforehand: reads the manifest, looks at the machine, walks the closure in the
 * caches, and plans. Writes to no disk.
 *
 * @throws {InstallerError} for whatever stands in the way.
 */
export async function preparePlan(options: PrepareOptions): Promise<Preparation> {
  const { session, signal, emit } = options;
  const { manifest, warnings } = await loadManifest(options.arguments, session, signal);
  const root = resolve(options.arguments.root);
  await checkMountRoot(root);
  const facts = await gatherFacts({ ...stepNeeds, signal });
  planMachine(manifest, facts, root);
  const tarball = manifest["portable-store"]?.tarball;
  // Standard input is nobody's business where nothing will be read from it.
  const isRead =
    tarball !== undefined && (tarball !== "-" || options.willRun || namesNixStores(manifest));
  const size = isRead ? await tarballSize(tarball) : undefined;
  const { manifest: source } = options.arguments;
  await prepareNixStores({ manifest, source, facts, root, tarballSize: size }, { signal, emit });
  const { closure, seconds: walkSeconds } = await walkCaches(manifest, { signal, emit });
  const planned = makePlan({
    manifest,
    facts,
    system: { closure },
    root,
    ...(size === undefined ? {} : { tarballSize: size }),
  });
  const plan = { ...planned, warnings: [...warnings, ...planned.warnings] };
  // A plan that is printed has them itself.
  for (const text of options.willRun ? plan.warnings : []) {
    emit({ type: "message", level: "warning", text });
  }
  return { manifest, plan, walkSeconds };
}
