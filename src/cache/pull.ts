import { join } from "node:path";
import type { HttpSettings } from "../http/retry.ts";
import type { Progress } from "../run/step.ts";
import { diskError, withFigures } from "../store/disk-error.ts";
import { prepareStore } from "../store/prepare-store.ts";
import { validPaths } from "../store/target-store.ts";
import { isThere } from "../store/verify-path.ts";
import { type Closure, type ClosurePath, totalNarSize } from "./closure.ts";
import { PathFetcher } from "./fetch-paths.ts";
import type { KeptFiles } from "./kept-files.ts";
import type { FetchProfile } from "./profile.ts";
import { untilAborted } from "./until-aborted.ts";
import { type VerifiedPaths, verifyPaths } from "./verify-paths.ts";
import type { WorkerReport } from "./worker-messages.ts";
import { WorkerTeam } from "./worker-team.ts";

/** What {@link pullClosure} is told. */
export interface PullOptions {
  readonly closure: Closure;
  /** The mount point of the target: its store is `nix/store` below. */
  readonly root: string;
  /** Requests at once. */
  readonly connections: number;
  /** Whether equal files become links of one, as `auto-optimise-store` of nix.conf has it. Default: `false`. */
  readonly autoOptimise?: boolean;
  readonly signal: AbortSignal;
  /** Paths verified of those that are there, then bytes downloaded of those to download. */
  readonly onProgress?: (progress: Progress) => void;
  readonly log?: (level: "debug" | "info" | "warning", message: string) => void;
  /** Default: the installer's. */
  readonly http?: HttpSettings;
  /** Files of NARs that need not be fetched again. */
  readonly files?: KeptFiles;
}

/** What a pull did. */
export interface PullReport {
  /** All paths of the closure, to be registered: as they were fetched, which may be otherwise than they were asked for. */
  readonly paths: readonly ClosurePath[];
  /** Paths that were fetched. */
  readonly fetched: number;
  /** Paths that were there, registered or not, and are what they should be. */
  readonly kept: number;
  /** Bytes of NARs of what was there, compared with their hashes. */
  readonly verified: number;
  /** Paths among {@link fetched} that were there, and were not what they should be: half-written, or damaged. */
  readonly redone: number;
  /** Paths among {@link redone} that were registered. */
  readonly mended: number;
  /** Paths among {@link kept} in which modes, owners or times were put right. */
  readonly corrected: number;
  /** Bytes received of the NARs that were fetched. */
  readonly downloaded: number;
  /** Bytes of the NARs that were fetched. */
  readonly narSize: number;
  /** Where the time went; absent where nothing was verified or fetched. */
  readonly profile?: FetchProfile;
}

/**
 * Makes every path of a closure be in the target's store as it should be. What is there already is compared with its NAR
 * hash, whether it is registered or not, and kept where it is right; all else is fetched and unpacked, in the place of what
 * is wrong. Nothing is registered: until `registerPaths` has been called after a sync, Nix takes new paths for rubbish.
 *
 * What belongs to no path of the closure is not looked at.
 *
 * @throws {InstallerError} with reason `cache`, `integrity` or `disk`; the signal's reason once it is aborted.
 * Nothing of the target is open any more then.
 */
export async function pullClosure(options: PullOptions): Promise<PullReport> {
  const { closure, root, signal, log = () => {} } = options;
  signal.throwIfAborted();
  prepareStore(root, log);
  const storeDirectory = join(root, "nix/store");
  const valid = validPaths(root);
  let fetcher: PathFetcher | undefined;
  const team = new WorkerTeam({
    storeDirectory,
    connections: options.connections,
    paths: closure.paths.length,
    autoOptimise: options.autoOptimise ?? false,
    substituters: closure.substituters,
    http: options.http,
    onReceived: (storePath, bytes) => fetcher?.receive(storePath, bytes),
    onLog: log,
  });
  const verify = (there: readonly ClosurePath[]) =>
    verifyPaths(there, {
      storeDirectory,
      workers: team.workers,
      isRegistered: ({ storePath, narHash }) => valid.get(storePath) === narHash,
      onProgress: options.onProgress,
      log,
    });
  try {
    const there = closure.paths.filter(({ storePath }) => isThere(join(root, storePath)));
    const verified = await untilAborted(signal, verify(there));
    const missing = missingPaths(closure.paths, there, verified);
    for (const path of closure.paths) if (!missing.has(path)) options.files?.take(path);
    // What the walk left behind would stand beside the workers: of 10,000 paths, 30 MB at the worst moment.
    Bun.gc(true);
    const { onProgress, files } = options;
    fetcher = new PathFetcher([...missing], { storeDirectory, team, onProgress, files });
    const started = performance.now();
    await untilAborted(signal, fetcher.run());
    const reports = await team.stop();
    fetcher.finishSync();
    const seconds = (performance.now() - started) / 1000;
    return reportOf({ closure, missing, verified, fetcher, reports, seconds });
  } catch (error) {
    await team.stop();
    const known = withFigures(error, { path: storeDirectory, needed: fetcher?.bytesLeft });
    throw diskError(known, `the store in ${storeDirectory} cannot be read`);
  } finally {
    fetcher?.[Symbol.dispose]();
  }
}

/** The paths that are not there, or not as they should be. */
function missingPaths(
  paths: readonly ClosurePath[],
  there: readonly ClosurePath[],
  { wrong }: VerifiedPaths<ClosurePath>,
): Set<ClosurePath> {
  return new Set(paths).difference(new Set(there)).union(new Set(wrong));
}

/** Everything that a pull knows at its end. */
interface PullOutcome {
  readonly closure: Closure;
  readonly missing: ReadonlySet<ClosurePath>;
  readonly verified: VerifiedPaths<ClosurePath>;
  readonly fetcher: PathFetcher;
  readonly reports: readonly WorkerReport[];
  /** From the first request to the last byte on its way to the disk. */
  readonly seconds: number;
}

function reportOf(outcome: PullOutcome): PullReport {
  const { closure, missing, verified, fetcher } = outcome;
  const report = {
    paths: closure.paths.map((path) => fetcher.asFetched(path)),
    fetched: missing.size,
    kept: closure.paths.length - missing.size,
    verified: verified.bytes,
    redone: verified.wrong.length,
    mended: verified.damaged,
    corrected: verified.corrected,
    downloaded: fetcher.downloaded,
    narSize: totalNarSize([...missing]),
  };
  const nothingDone = missing.size === 0 && verified.bytes === 0;
  return nothingDone ? report : { ...report, profile: profileOf(outcome, report) };
}

function profileOf({ verified, reports, seconds }: PullOutcome, report: PullReport): FetchProfile {
  const total = (part: keyof WorkerReport) =>
    reports.reduce((sum, each) => sum + (each[part] ?? 0), 0);
  return {
    ...(verified.bytes === 0 ? {} : { verify: verified.seconds, verified: verified.bytes }),
    fetch: report.fetched === 0 ? 0 : seconds,
    wait: total("wait"),
    decompress: total("decompress"),
    hash: total("hash"),
    write: total("write"),
    workers: reports.length,
    requests: total("requests"),
    resumed: total("resumed"),
    repeated: total("repeated"),
    received: report.downloaded,
    unpacked: report.narSize,
    paths: report.fetched,
    files: total("files"),
  };
}
