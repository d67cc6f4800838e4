import type { Sample } from "./pulls.ts";

/** The figures of one contender in a scene: medians of its runs. */
export interface Row {
  /** As it is named on the command line. */
  readonly contender: string;
  /** For people, with its version; where a scene has several conditions, with the condition. */
  readonly label: string;
  readonly runs: number;
  /** Seconds, the target's sync included: the median, and the least and the most. */
  readonly seconds: number;
  readonly leastSeconds: number;
  readonly mostSeconds: number;
  /** Seconds of CPU of all processes, in user space and in the kernel together. */
  readonly cpu: number;
  /** Bytes of all processes together. */
  readonly peakMemory: number;
  readonly requests: number;
  /** Bytes received, of bodies. */
  readonly bytes: number;
  /** Seconds until the first file was on the target; none where nothing was to be written. */
  readonly firstByte?: number;
}

/** A figure that is to be reached. */
export interface Goal {
  /** What is compared, such as `zstd cache, loopback, against newest Nix`. */
  readonly title: string;
  readonly value: number;
  /** The value is to be at most this. */
  readonly limit: number;
  /** Of both: a ratio of medians, or bytes. */
  readonly unit: "ratio" | "bytes";
}

/** What a scene found. */
export interface SceneResult {
  readonly scene: string;
  readonly title: string;
  /** What was pulled, from what and to what, in a sentence. */
  readonly conditions: string;
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
}

/** What was measured on what, and when. */
export interface Report {
  /** ISO 8601. */
  readonly date: string;
  readonly command: string;
  /** Processors, memory, kernel and distribution, in a line. */
  readonly machine: string;
  readonly scenes: readonly SceneResult[];
}

/** The middle of the values; the mean of the two middle ones of an even number. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The figures of the runs of one contender. */
export function summarize(contender: string, label: string, samples: readonly Sample[]): Row {
  const of = (figure: (sample: Sample) => number) => median(samples.map(figure));
  const seconds = samples.map((sample) => sample.seconds);
  const firstBytes = samples.flatMap(({ firstByte }) => firstByte ?? []);
  return {
    contender,
    label,
    runs: samples.length,
    seconds: median(seconds),
    leastSeconds: Math.min(...seconds),
    mostSeconds: Math.max(...seconds),
    cpu: of(({ user, system }) => user + system),
    peakMemory: of((sample) => sample.peakMemory),
    requests: of(({ requests }) => requests),
    bytes: of(({ bytes }) => bytes),
    ...(firstBytes.length > 0 && { firstByte: median(firstBytes) }),
  };
}

/** Whether a goal is reached. */
export function isReached({ value, limit }: Goal): boolean {
  return value <= limit;
}
