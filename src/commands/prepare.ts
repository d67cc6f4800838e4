import { resolve } from "node:path";
import { InstallerError } from "../errors.ts";
import type { Facts } from "../facts/facts.ts";
import { compareClocks } from "../facts/server-clock.ts";
import { applyAllow } from "../findings/allow.ts";
import { refusalError } from "../findings/refusal-error.ts";
import type { Manifest } from "../manifest/schema.ts";
import { makePlan, planMachine } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { MachineInputs } from "../plan/preflight/inputs.ts";
import { isOffline } from "../plan/preflight/servers.ts";
import type { RunEvent } from "../run/events.ts";
import type { SystemInfo } from "../system-info/system-info.ts";
import { askCaches } from "./ask-caches.ts";
import { lookAtMachine } from "./look.ts";
import { loadManifest, type ManifestArguments } from "./manifest.ts";
import { namesNixStores, prepareNixStores } from "./nix-stores.ts";
import { useServerAccess } from "./server-access.ts";
import type { Session } from "./session.ts";
import { tellWarnings } from "./tell-findings.ts";
import type { WalkRun } from "./walk.ts";

/** What {@link preparePlan} needs. */
export interface PrepareOptions {
  readonly arguments: ManifestArguments & { readonly root: string };
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  /** Whether the plan will be carried out by this process, so that its standard input must be there. */
  readonly willRun: boolean;
  /** Whether what an earlier run of the same manifest has done does not count. Default: `false`. */
  readonly reinstall?: boolean;
  /** Whether only what an earlier run has made is of use. Default: `false`. */
  readonly repair?: boolean;
}

/** What is known before anything is written. */
export interface Preparation {
  readonly manifest: Manifest;
  readonly facts: Facts;
  readonly system: SystemInfo;
  readonly plan: Plan;
  /** How long the caches were asked for the closure. */
  readonly walkSeconds: number;
}

/**
 * Asks the caches for the system, and what time it is there. What they cannot give is told with what the machine is
 * refused for, or with what else may be the reason, such as a clock that makes certificates look wrong.
 */
async function ask(machine: MachineInputs, run: WalkRun) {
  const { manifest, facts } = machine;
  const [answer, servers] = await Promise.all([
    askCaches(manifest, run).catch((error: unknown) => ({ error })),
    compareClocks(facts.servers ?? [], run.signal),
  ]);
  if (!("error" in answer)) return { ...answer, servers };
  const { error } = answer;
  const { findings } = planMachine({ ...machine, facts: { ...facts, servers } });
  const found = applyAllow(findings, manifest.allow);
  const refusal = refusalError(found);
  const isForeseen = error instanceof InstallerError && error.reason !== "interrupted";
  if (refusal !== undefined && isForeseen) {
    throw new AggregateError([refusal, error], refusal.message);
  }
  if (isForeseen) tellWarnings(found, run.emit);
  throw error;
}

function nothingToRepair(): InstallerError {
  return new InstallerError(
    "refused",
    "nothing that this manifest installed is on its disks: there is nothing to repair",
    { object: "disk", hint: "Run the same command without --repair to install." },
  );
}

/**
 * Finds out everything that can be known beforehand: reads the manifest, looks at the machine, walks the closure in the
 * caches, and plans. Writes to no disk.
 *
 * @throws {InstallerError} for whatever stands in the way.
 */
export async function preparePlan(options: PrepareOptions): Promise<Preparation> {
  const { session, signal, emit, reinstall = false, repair = false } = options;
  const { manifest, warnings } = await loadManifest(options.arguments, session, signal);
  await useServerAccess(manifest);
  const root = resolve(options.arguments.root);
  const { facts, observed, tarballSize } = await lookAtMachine(
    manifest,
    root,
    options.willRun,
    signal,
  );
  const machine = { manifest, facts, observed: [...warnings, ...observed], root, reinstall };
  const { findings, progress } = planMachine(machine);
  if (repair && progress.state !== "made") throw nothingToRepair();
  const found = applyAllow(findings, manifest.allow);
  const refusal = refusalError(found);
  // A store that Nix has to read is unpacked first, which takes memory and time.
  if (refusal !== undefined && (namesNixStores(manifest) || isOffline(found))) throw refusal;
  const { manifest: source } = options.arguments;
  await prepareNixStores({ manifest, source, facts, root, tarballSize }, { signal, emit });
  const { system, walkSeconds, servers } = await ask(machine, { signal, emit });
  const known = { ...facts, servers };
  const plan = makePlan({
    ...machine,
    facts: known,
    system,
    ...(tarballSize === undefined ? {} : { tarballSize }),
  });
  // A plan that is printed has them itself.
  if (options.willRun) tellWarnings(plan.findings, emit);
  return { manifest, facts: known, system, plan, walkSeconds };
}
