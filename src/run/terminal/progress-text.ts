import { formatSize } from "../../values/size.ts";
import type { Progress } from "../step.ts";

/** Milliseconds that the rate is measured over. */
const window = 10_000;

/** Measures how fast a step gets on. Times are in milliseconds of any one clock. */
export class ProgressMeter {
  #samples: { readonly time: number; readonly done: number }[];
  #part: string | undefined;

  constructor(start: number) {
    this.#samples = [{ time: start, done: 0 }];
  }

  /** Takes note of how far the step is. */
  update(progress: Progress, time: number): void {
    if (progress.part !== this.#part) {
      this.#part = progress.part;
      this.#samples = [];
    }
    const recent = this.#samples.filter((sample) => time - sample.time <= window);
    const base = recent[0] ?? this.#samples.at(-1);
    this.#samples = [...(base === undefined ? [] : [base]), ...recent.slice(1)];
    const last = this.#samples.at(-1);
    // A few samples a second are enough.
    if (last !== undefined && this.#samples.length > 1 && time - last.time < window / 100) {
      this.#samples.pop();
    }
    this.#samples.push({ time, done: progress.done });
  }

  /** Units a second over the last seconds; 0 as long as nothing can be said. */
  get rate(): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.time <= first.time) return 0;
    return ((last.done - first.done) * 1000) / (last.time - first.time);
  }
}

function twoDigits(count: number): string {
  return String(count).padStart(2, "0");
}

/** A duration for people: `0.3 s`, `42 s`, `3 min 05 s`, `1 h 02 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${twoDigits(Math.floor((whole % 3600) / 60))} min`;
}

/** How much of a step is done, from 0 to 1; `undefined` where its end is not known. */
export function fractionOf({ done, total }: Progress): number | undefined {
  if (total === undefined) return undefined;
  return total <= 0 ? 1 : Math.min(1, done / total);
}

/** `105 MiB of 226 MiB`, `3 of 12 paths verified`, `8.1 MiB`. */
function amounts({ done, total, unit, part }: Progress): string {
  const amount = (count: number) => (unit === "bytes" ? formatSize(count) : String(count));
  const text = total === undefined ? amount(done) : `${amount(done)} of ${amount(total)}`;
  return part === undefined ? text : `${text} ${part}`;
}

/** The parts of a line about progress, most important first: percentage, amounts, rate, time left. */
export function progressParts(progress: Progress, rate: number): string[] {
  const { done, total, unit } = progress;
  const fraction = fractionOf(progress);
  const isRunning = rate > 0 && (total === undefined || done < total);
  return [
    ...(fraction === undefined ? [] : [`${Math.floor(fraction * 100)}%`]),
    amounts(progress),
    ...(isRunning && unit === "bytes" ? [`${formatSize(rate)}/s`] : []),
    ...(isRunning && total !== undefined ? [`${formatDuration((total - done) / rate)} left`] : []),
  ];
}
