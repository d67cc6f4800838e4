/** What processes used, from the start of the first to the end of the first. */
export interface Usage {
  /** Seconds on the clock. */
  readonly seconds: number;
  /** Seconds of CPU in user space, of all processes and threads together. */
  readonly user: number;
  /** Seconds of CPU in the kernel on their behalf. */
  readonly system: number;
  /**
   * The most memory, in bytes, that all processes were seen to have at one time, looked at every 20 ms: anonymous and
   * shared memory in full, though once if several processes share it, and the mapped files of each program (its text,
   * its libraries) once. For a single process this is its resident set, which `/usr/bin/time -v` prints.
   */
  readonly peakMemory: number;
  /**
   * What `peakMemory` cannot have been above, in bytes, unless processes came and went between two looks: the sum of
   * the high-water marks (VmHWM) of processes that lived at the same time, with memory they share counted for each.
   */
  readonly peakMemoryBound: number;
  /** The program's exit status, or 128 and the number of the signal that ended it. */
  readonly exitCode: number;
  /** How many processes were still there when the program ended. They were killed. */
  readonly leftBehind: number;
}
