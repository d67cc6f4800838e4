import { formatSize } from "../values/size.ts";

/** What the workers of a pull measured. Times are in seconds; those of the parts are summed over all workers. */
export interface FetchProfile {
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
  /** Bytes of NARs as they came, compressed. */
  readonly received: number;
  /** Bytes of the same NARs unpacked. */
  readonly unpacked: number;
  /** Store paths fetched; those that were there already do not count. */
  readonly paths: number;
  /** Regular files written. */
  readonly files?: number;
}

/** What the step that pulls measured. Times are in seconds, by the clock on the wall. */
export interface PullStepProfile extends FetchProfile {
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
    sync: one.sync + other.sync,
    register: one.register + other.register,
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
  const { walk, fetch, sync, register } = profile;
  const all = walk + fetch + sync + register;
  const { workers, wait, decompress, hash, write, files } = profile;
  const worked = fetch * workers;
  const part = (name: string, seconds: number, remark?: string) =>
    line(`  ${name}`, seconds, worked, remark);
  return [
    `where the ${all.toFixed(2)} s of the pull went`,
    line("walk", walk, all),
    line(
      "fetch",
      fetch,
      all,
      `${profile.paths} paths, ${profile.requests} requests; ${workers} workers:`,
    ),
    part("wait", wait, `for the network: ${amount(profile.received, fetch)}`),
    part("decompress", decompress, `to ${amount(profile.unpacked, fetch)}`),
    part("hash", hash),
    part("write", write, files === undefined ? "" : `${files} files`),
    part("other", Math.max(0, worked - wait - decompress - hash - write)),
    line("sync", sync, all),
    line("register", register, all),
    `  peak memory ${formatSize(profile.peakMemory)}`,
  ];
}
