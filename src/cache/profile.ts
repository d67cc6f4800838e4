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

/** Where the time of bringing a closure to the target went: plain data. Times are in seconds by the clock on the wall. */
export interface PullProfile extends FetchProfile {
  /** Finding out what belongs to the closure: all narinfos. */
  readonly walk: number;
  /** Until the disk had everything. */
  readonly sync: number;
  /** Making the paths valid in the store's database. */
  readonly register: number;
}
