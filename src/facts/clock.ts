import { readAttribute } from "./sysfs.ts";

/** What the live system's clock says, and what it cannot be earlier than. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  readonly now: number;
  /** Something that exists already, and when it was made, in milliseconds since 1970. */
  readonly newest: { readonly what: string; readonly made: number };
}

/**
 * No installer is older. Well before the first one, so that nobody's slow clock is refused for it: a clock without a
 * battery starts in 1970, 2000 or the year of its firmware.
 */
const written = { what: "the installer", made: Date.UTC(2025, 0, 1) };

/**
 * When a kernel was built, in milliseconds since 1970, from what uname(2) calls its version:
 * `#1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2025-11-09)`, `#1-NixOS SMP Tue Jan  1 00:00:00 UTC 1980`. `undefined` when
 * it does not say.
 */
export function kernelBuildTime(version: string): number | undefined {
  const day = /\((?<day>\d{4}-\d{2}-\d{2})\)/.exec(version)?.groups?.day;
  const date =
    /\b(?<month>[A-Z][a-z]{2}) +(?<day>\d{1,2}) (?<time>\d{2}:\d{2}:\d{2}) (?:[A-Z]+ )?(?<year>\d{4})\b/.exec(
      version,
    )?.groups;
  const text =
    day ?? (date === undefined ? "" : `${date.day} ${date.month} ${date.year} ${date.time} UTC`);
  const made = Date.parse(text);
  return Number.isNaN(made) ? undefined : made;
}

/** The clock of the live system. @param now Milliseconds since 1970. */
export async function readClock(now = Date.now()): Promise<Clock> {
  const version = (await readAttribute("/proc/sys/kernel/version")) ?? "";
  const built = kernelBuildTime(version) ?? 0;
  const kernel = { what: "the live system's kernel", made: built };
  return { now, newest: kernel.made > written.made ? kernel : written };
}
