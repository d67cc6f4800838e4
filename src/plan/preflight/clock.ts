import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { MachineInputs } from "./inputs.ts";

const hint =
  "Set the clock (date -u -s, chronyd -q or timedatectl set-time), and in the firmware's setup too.";

/** How far clocks may be apart, seconds: no certificate is that new, and make(1) and logs do not mind. */
const tolerance = 10 * 60;

function formatTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** A length of time in the unit that a person would take. @param seconds Positive. */
function formatDuration(seconds: number): string {
  const units: readonly (readonly [name: string, length: number])[] = [
    ["years", 365 * 86400],
    ["days", 86400],
    ["hours", 3600],
  ];
  const [name, length] = units.find(([, each]) => seconds >= 2 * each) ?? ["minutes", 60];
  return `${Math.round(seconds / length)} ${name}`;
}

/** Whether the clock is earlier than what it cannot be earlier than: a battery that is empty. Pure. */
function judgeEarly({ facts }: MachineInputs): Finding[] {
  const { now, newest } = facts.clock;
  // The day alone is known of some things, and the clock may be that of another time zone.
  const slack = 86_400_000;
  if (now + slack >= newest.made) return [];
  return [
    makeFinding(
      "preflight/clock-behind",
      "clock",
      `it says ${formatTime(now)}, but ${newest.what} is no older than ${formatTime(newest.made).slice(0, 10)}: certificates would be taken for not yet valid`,
      hint,
    ),
  ];
}

/** Whether the clock agrees with those of the servers that the manifest names. Pure. */
function judgeAgainstServers({ facts }: MachineInputs): Finding[] {
  const apart = (facts.servers ?? []).flatMap(({ url, clockAhead }) =>
    clockAhead !== undefined && Math.abs(clockAhead) > tolerance ? [{ url, clockAhead }] : [],
  );
  const [first] = apart;
  if (first === undefined) return [];
  const direction = first.clockAhead > 0 ? "ahead of" : "behind";
  return [
    makeFinding(
      "preflight/clock-off",
      "clock",
      `it says ${formatTime(facts.clock.now)}, ${formatDuration(Math.abs(first.clockAhead))} ${direction} that of ${first.url}`,
      hint,
    ),
  ];
}

/** Whether the clock is right, as far as it can be told. Pure. */
export function judgeClock(inputs: MachineInputs): Finding[] {
  const early = judgeEarly(inputs);
  return early.length > 0 ? early : judgeAgainstServers(inputs);
}
