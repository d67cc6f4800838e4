import * as v from "valibot";
import type { Disk } from "../../facts/facts.ts";
import { described, inJsonSchema } from "../../values/described.ts";
import { formatSize, parseSize, size } from "../../values/size.ts";

/** A shell pattern (glob(7)) as a regular expression: `*`, `?`, and `[…]` or `[!…]`; everything else is itself. */
export function globPattern(text: string): RegExp {
  const source = text.replaceAll(
    /\[(!?)(\]?[^\]]*)\]|[*?]|[\\^$.|+()[\]{}]/g,
    (part, negated: string | undefined, set: string | undefined) => {
      if (part === "*") return ".*";
      if (part === "?") return ".";
      if (set === undefined || set === "") return `\\${part}`;
      return `[${negated === "!" ? "^" : ""}${set.replaceAll(/[\\\]^[]/g, "\\$&")}]`;
    },
  );
  return new RegExp(`^${source}$`, "su");
}

function isPattern(text: string): boolean {
  try {
    globPattern(text);
    return true;
  } catch {
    return false;
  }
}

const glob = v.pipe(
  v.string(),
  v.nonEmpty("expected a text that is not empty"),
  v.check(isPattern, "expected a shell pattern: *, ?, or a set of characters such as [a-f]"),
);

/**
 * `match` of `[disk.NAME]`, or one of several alternatives: what a disk must be to be chosen. The texts are shell
 * patterns.
 */
const matchSchema = v.strictObject({
  serial: described(v.optional(glob), "Its serial number, as lsblk -o SERIAL shows it."),
  wwn: described(
    v.optional(glob),
    "Its World Wide Name, as lsblk -o WWN shows it: 0x5000c500a1b2c3d4, eui.002538d411b4c3a1.",
  ),
  model: described(v.optional(glob), "The maker's name for it, as lsblk -o MODEL shows it."),
  transport: described(
    v.optional(glob),
    "How it is attached: nvme, sata, sas, usb, virtio, mmc and the like.",
  ),
  "bus-path": described(v.optional(glob), "Where it is plugged in, as in /dev/disk/by-path."),
  "min-size": described(v.optional(size), 'The least size that it may have, such as "400GB".'),
  "max-size": described(v.optional(size), 'The largest size that it may have, such as "2TB".'),
  rotational: described(v.optional(v.boolean()), "Whether it has turning parts."),
  removable: described(v.optional(v.boolean()), "Whether its medium can be taken out."),
});

/** One alternative of `match`. */
export type Match = v.InferOutput<typeof matchSchema>;

/** A description that says nothing would fit whatever disk is there. */
const oneMatch = v.pipe(
  matchSchema,
  v.check(
    (match) => Object.values(match).some((criterion) => criterion !== undefined),
    `expected at least one of ${Object.keys(matchSchema.entries).join(", ")}`,
  ),
  inJsonSchema({ minProperties: 1 }),
);

/** `match`: one description or several. */
export const matchChoice = v.pipe(
  v.union([oneMatch, v.array(oneMatch)]),
  v.check(
    (match) => !Array.isArray(match) || match.length > 0,
    "expected at least one alternative",
  ),
  inJsonSchema({ minItems: 1 }),
);

/** What one criterion says of a disk. */
export interface Verdict {
  readonly fits: boolean;
  /** For people: `serial WD-1 is not "S4EV*"`. */
  readonly text: string;
}

/** udev writes white space in names of links as `_`: a pattern taken from one fits as well. */
function spellings(text: string): string[] {
  return [text, text.replaceAll(/\s+/g, "_")];
}

function judgeText(what: string, pattern: string, found: readonly string[]): Verdict {
  const expression = globPattern(pattern);
  const [shown] = found;
  if (shown === undefined) return { fits: false, text: `it has no known ${what}` };
  const fits = found.flatMap(spellings).some((text) => expression.test(text));
  return { fits, text: `${what} ${shown} is ${fits ? "" : "not "}${JSON.stringify(pattern)}` };
}

function judgeSize(disk: Disk, match: Match): Verdict[] {
  const verdicts: Verdict[] = [];
  const shown = formatSize(disk.size);
  const smallest = match["min-size"];
  if (smallest !== undefined) {
    const fits = disk.size >= (parseSize(smallest) ?? 0);
    verdicts.push({ fits, text: `size ${shown} is ${fits ? "at least" : "below"} ${smallest}` });
  }
  const largest = match["max-size"];
  if (largest !== undefined) {
    const fits = disk.size <= (parseSize(largest) ?? 0);
    verdicts.push({ fits, text: `size ${shown} is ${fits ? "at most" : "above"} ${largest}` });
  }
  return verdicts;
}

function judgeFlag(what: string, wanted: boolean, is: boolean): Verdict {
  return { fits: wanted === is, text: `it is ${is ? "" : "not "}${what}` };
}

/** What udev and `/dev/disk/by-path` call the place of a disk; older and newer udev differ for ATA. */
function busPaths({ busPath, links }: Disk): string[] {
  const prefix = "/dev/disk/by-path/";
  const linked = links
    .filter((link) => link.startsWith(prefix))
    .map((link) => link.slice(prefix.length));
  return [...new Set([...(busPath === undefined ? [] : [busPath]), ...linked])];
}

/** What each criterion says of a disk, in the order of the schema. */
export function judgeMatch(disk: Disk, match: Match): Verdict[] {
  const texts: readonly [string, string | undefined, readonly string[]][] = [
    ["serial", match.serial, disk.serial === undefined ? [] : [disk.serial]],
    ["WWN", match.wwn, disk.wwn === undefined ? [] : [disk.wwn]],
    ["model", match.model, disk.model === undefined ? [] : [disk.model]],
    ["transport", match.transport, disk.transport === undefined ? [] : [disk.transport]],
    ["bus path", match["bus-path"], busPaths(disk)],
  ];
  const { rotational, removable } = match;
  return [
    ...texts.flatMap(([what, pattern, found]) =>
      pattern === undefined ? [] : [judgeText(what, pattern, found)],
    ),
    ...judgeSize(disk, match),
    ...(rotational === undefined ? [] : [judgeFlag("rotational", rotational, disk.rotational)]),
    ...(removable === undefined ? [] : [judgeFlag("removable", removable, disk.removable)]),
  ];
}
