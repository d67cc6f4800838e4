import { formatSize } from "../values/size.ts";

/** What the workers of a pull measured. Times are in seconds; those of the parts are summed over all workers. */
export interface FetchProfile {
  /** Comparing what was there already with its hashes, by the clock on the wall; absent where nothing was there. */
  readonly verify?: number;
  /** Bytes of NARs of what was there already. */
  readonly verified?: number;
  /** From the first request to the last file written, by the clock on the wall. */
  readonly fetch: number;
  /** Waiting for bytes from the network with nothing else to do. */
  readonly wait: number;
  readonly decompress: number;
  readonly hash: number;
  /** Parsing NARs and making files, directories and links. */
  readonly write: number;
  /** Threads that fetched at once. */
  readonly workers: number;
  /** Requests for NARs, repeated ones included. */
  readonly requests: number;
  /** Requests among them that went on in the middle of a NAR, where the connection had broken. */
  readonly resumed?: number;
  /** Bytes received and thrown away, of NARs that were fetched anew from their beginning. */
  readonly repeated?: number;
  /** Bytes of NARs as they came, compressed. */
  readonly received: number;
  /** Bytes of the same NARs unpacked. */
  readonly unpacked: number;
  /** Store paths fetched; those that were there already do not count. */
  readonly paths: number;
  /** Regular files written. */
  readonly files?: number;
}

/** A fetch of nothing. */
export const nothingFetched: FetchProfile = {
  fetch: 0,
  wait: 0,
  decompress: 0,
  hash: 0,
  write: 0,
  workers: 0,
  requests: 0,
  received: 0,
  unpacked: 0,
  paths: 0,
};

/** What Nix did with stores that only it can read, as far as it can be told from outside. */
interface CopyProfile {
  /** Until Nix had ended, which registers what it copies by itself, and was checked: seconds, by the clock on the wall. */
  readonly seconds: number;
  /** Store paths copied; those that were there already do not count. */
  readonly paths: number;
  /** Bytes of their NARs. */
  readonly narSize: number;
}

/** What a step that brings paths to the target measured. Times are in seconds, by the clock on the wall. */
export interface PullStepProfile extends FetchProfile {
  readonly copy?: CopyProfile;
  /** Until the disk had everything. */
  readonly sync: number;
  /** Making the paths valid in the store's database. */
  readonly register: number;
}

/** Where the time of bringing a closure to the target went: plain data. */
export interface PullProfile extends PullStepProfile {
  /** Finding out in the caches what belongs to the closure: seconds, by the clock on the wall. */
  readonly walk: number;
  /** Most memory that the process ever had, all its threads together: bytes. */
  readonly peakMemory: number;
}

/** What two pulls measured, one after the other. */
export function addProfiles(one: PullStepProfile, other: PullStepProfile): PullStepProfile {
  return {
    fetch: one.fetch + other.fetch,
    wait: one.wait + other.wait,
    decompress: one.decompress + other.decompress,
    hash: one.hash + other.hash,
    write: one.write + other.write,
    workers: Math.max(one.workers, other.workers),
    requests: one.requests + other.requests,
    received: one.received + other.received,
    unpacked: one.unpacked + other.unpacked,
    paths: one.paths + other.paths,
    files: (one.files ?? 0) + (other.files ?? 0),
    resumed: (one.resumed ?? 0) + (other.resumed ?? 0),
    repeated: (one.repeated ?? 0) + (other.repeated ?? 0),
    ...addVerifications(one, other),
    ...addCopies(one.copy, other.copy),
    sync: one.sync + other.sync,
    register: one.register + other.register,
  };
}

function addVerifications(
  one: FetchProfile,
  other: FetchProfile,
): Pick<FetchProfile, "verify" | "verified"> {
  if (one.verify === undefined && other.verify === undefined) return {};
  return {
    verify: (one.verify ?? 0) + (other.verify ?? 0),
    verified: (one.verified ?? 0) + (other.verified ?? 0),
  };
}

function addCopies(one?: CopyProfile, other?: CopyProfile): Pick<PullStepProfile, "copy"> {
  if (one === undefined || other === undefined) {
    const copy = one ?? other;
    return copy === undefined ? {} : { copy };
  }
  return {
    copy: {
      seconds: one.seconds + other.seconds,
      paths: one.paths + other.paths,
      narSize: one.narSize + other.narSize,
    },
  };
}

/** One line: what took how many seconds, what part of all of them that is, and what was done. */
function line(name: string, seconds: number, all: number, remark = ""): string {
  const share = all > 0 ? Math.round((seconds / all) * 100) : 0;
  const figures = `${seconds.toFixed(2).padStart(8)} s ${String(share).padStart(3)} %`;
  return `  ${name.padEnd(12)}${figures}  ${remark}`.trimEnd();
}

/** An amount, and how much that is in a second. */
function amount(bytes: number, seconds: number): string {
  return seconds > 0 ? `${formatSize(bytes)}, ${formatSize(bytes / seconds)}/s` : formatSize(bytes);
}

/** A profile for people: lines, the first of which is a title. */
export function formatProfile(profile: PullProfile): string[] {
  const { walk, verify, verified = 0, copy, sync, register } = profile;
  const all = walk + (verify ?? 0) + profile.fetch + (copy?.seconds ?? 0) + sync + register;
  return [
    `where the ${all.toFixed(2)} s of the pull went`,
    line("walk", walk, all),
    ...(verify === undefined
      ? []
      : [line("verify", verify, all, `what was there: ${amount(verified, verify)}`)]),
    ...(profile.paths === 0 && (copy ?? verify) !== undefined ? [] : fetchLines(profile, all)),
    ...(copy === undefined ? [] : [copyLine(copy, all)]),
    line("sync", sync, all),
    line("register", register, all),
    `  peak memory ${formatSize(profile.peakMemory)}`,
  ];
}

function copyLine({ seconds, paths, narSize }: CopyProfile, all: number): string {
  return line("copy", seconds, all, `${paths} paths, by Nix: ${amount(narSize, seconds)}`);
}

function fetchLines(profile: FetchProfile, all: number): string[] {
  const { fetch, workers, wait, decompress, hash, write, files } = profile;
  const worked = fetch * workers;
  const part = (name: string, seconds: number, remark?: string) =>
    line(`  ${name}`, seconds, worked, remark);
  return [
    line(
      "fetch",
      fetch,
      all,
      `${profile.paths} paths, ${profile.requests} requests; ${workers} workers:`,
    ),
    ...brokenLines(profile),
    part("wait", wait, `for the network: ${amount(profile.received, fetch)}`),
    part("decompress", decompress, `to ${amount(profile.unpacked, fetch)}`),
    part("hash", hash),
    part("write", write, files === undefined ? "" : `${files} files`),
    part("other", Math.max(0, worked - wait - decompress - hash - write)),
  ];
}

/** What broken connections came to, where there were any. */
function brokenLines({ resumed = 0, repeated = 0 }: FetchProfile): string[] {
  if (resumed === 0 && repeated === 0) return [];
  const inTheMiddle = `${resumed} of the requests went on in the middle of a NAR`;
  return [`    ${inTheMiddle}, ${formatSize(repeated)} were fetched twice`];
}
