import { parsePercent, parseSize } from "../values/size.ts";
import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import { type ObjectOutline, type Outline, type PartOutline, textAt } from "./outline.ts";
import type { TomlValue } from "./toml.ts";

/** Percent of the whole that a part takes, if its size is one. */
function percentOf({ values }: PartOutline): number | undefined {
  return parsePercent(textAt(values, ["size"]) ?? "");
}

/** Parts that take a share of the rest: all of it without a size, or all but a size with a minus. */
function takesRest({ values }: PartOutline): boolean {
  if (values.keep === true || values.type === "thin") return false;
  return values.size === undefined || textAt(values, ["size"])?.startsWith("-") === true;
}

/** A part beside others of the same object: `"root"`; where its name is missing by its place, `partition[0]`. */
function shortName({ name, path }: PartOutline): string {
  return name === undefined ? formatKeyPath(path.slice(-2)) : JSON.stringify(name);
}

function checkRest({ parts, path, kind }: ObjectOutline): Finding[] {
  const [first, ...others] = parts.filter(takesRest);
  if (first === undefined) return [];
  const what = kind.parts?.what ?? "part";
  return others.map((part): Finding => {
    const isLeftOut = part.values.size === undefined;
    return {
      path: isLeftOut ? part.path : [...part.path, "size"],
      side: isLeftOut ? "key" : "value",
      message:
        `${part.name === undefined ? "" : `${what} `}${shortName(part)} takes the rest of ${formatKeyPath(path)}, ` +
        `as ${shortName(first)} does already`,
      also: first.path,
      expected: `a size: only one ${what} can take the rest`,
    };
  });
}

function checkPercent({ parts, path }: ObjectOutline): Finding[] {
  const shares = parts.filter((part) => percentOf(part) !== undefined);
  const sum = shares.reduce((total, part) => total + (percentOf(part) ?? 0), 0);
  const last = shares.at(-1);
  if (last === undefined || sum < 100 || (sum === 100 && shares.length === parts.length)) return [];
  return [
    {
      path: [...last.path, "size"],
      side: "value",
      message:
        sum > 100
          ? `the percentages of ${formatKeyPath(path)} come to ${sum}%`
          : `the percentages of ${formatKeyPath(path)} come to 100% and leave nothing for its other parts`,
      expected:
        sum > 100
          ? "at most 100% together"
          : 'less than 100% together; one without "size" takes the rest',
    },
  ];
}

/** Where a part with a start and a size lies, in bytes: its end is exclusive. */
function extentOf(part: PartOutline): { part: PartOutline; start: number; end: number }[] {
  const start = parseSize(textAt(part.values, ["start"]) ?? "");
  const size = parseSize(textAt(part.values, ["size"]) ?? "");
  if (start === undefined) return [];
  return [{ part, start, end: start + (size ?? 1) }];
}

function checkOverlaps({ parts }: ObjectOutline): Finding[] {
  const extents = parts.flatMap(extentOf).toSorted((one, other) => one.start - other.start);
  return extents.flatMap(({ part, start }, index): Finding[] => {
    const before = extents.slice(0, index).find(({ end }) => start < end);
    if (before === undefined) return [];
    const { name, values } = before.part;
    const size = textAt(values, ["size"]);
    return [
      {
        path: [...part.path, "start"],
        side: "value",
        message:
          `partition ${JSON.stringify(part.name ?? "")} starts within partition ${JSON.stringify(name ?? "")}, ` +
          `which starts at ${textAt(values, ["start"])}${size === undefined ? "" : ` and has ${size}`}`,
        also: before.part.path,
      },
    ];
  });
}

/** Bounds of `match`, or of each of several, that no disk lies between. */
function checkBounds({ table, path, values: { match } }: ObjectOutline): Finding[] {
  if (table !== "disk" || match === undefined) return [];
  const matches = Array.isArray(match)
    ? match.map((one: TomlValue, index) => ({ path: [...path, "match", index], values: one }))
    : [{ path: [...path, "match"], values: match }];
  return matches.flatMap((one): Finding[] => {
    const [smallest, largest] = ["min-size", "max-size"].map((key) => textAt(one.values, [key]));
    const [least, most] = [parseSize(smallest ?? ""), parseSize(largest ?? "")];
    if (least === undefined || most === undefined || least <= most) return [];
    return [
      {
        path: [...one.path, "max-size"],
        side: "value",
        message: `no disk has at least ${smallest} and at most ${largest}`,
      },
    ];
  });
}

/** Whether the sizes of partitions and volumes can be had together, whatever the disk. */
export function checkSizes({ objects }: Outline): Finding[] {
  return objects.flatMap((object) =>
    [checkRest, checkPercent, checkOverlaps, checkBounds].flatMap((check) => check(object)),
  );
}
