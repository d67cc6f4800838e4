import { InstallerError } from "../errors.ts";
import type { Finding } from "../findings/finding.ts";
import { makeFinding } from "../findings/make-finding.ts";
import { isAbsence, type Refusal } from "./lookup.ts";
import { hintFor } from "./lookup-error.ts";

/** A path of a closure that no cache could give. */
export interface UnavailablePath {
  readonly storePath: string;
  /** The path that refers to it, the one that refers to that, and so on up to the toplevel; empty for the toplevel. */
  readonly referrers: readonly string[];
  /** What each cache said. */
  readonly refusals: readonly Refusal[];
}

/** How many paths are named; the rest are counted. */
const namedPaths = 10;
/** Paths of a chain of references that are named at either end. */
const chainEnds = 2;

/** A closure of which the caches lack paths, or have them without a signature that counts. */
export class IncompleteClosureError extends InstallerError {
  /** One for each path that is named, and one for the rest of them. */
  readonly findings: readonly Finding[];

  /**
   * @param paths At least one.
   * @param isAll Whether there are no others, or it was not asked for all.
   */
  constructor(paths: readonly UnavailablePath[], isAll: boolean) {
    const named = paths.slice(0, namedPaths);
    const findings = named.map(findingOf);
    const rest = paths.slice(namedPaths);
    const refusals = paths.flatMap((path) => path.refusals);
    const isWrong = refusals.some(({ reason }) => reason === "integrity");
    super(isWrong ? "integrity" : "cache", messageOf(named, rest.length, isAll), {
      object: paths[0]?.storePath ?? "the closure",
      hint: hintFor(refusals),
    });
    this.name = "IncompleteClosureError";
    this.findings = [...findings, ...restOf(rest, isAll)];
  }
}

function messageOf(named: readonly UnavailablePath[], rest: number, isAll: boolean): string {
  const [first] = named;
  if (first !== undefined && named.length === 1 && rest === 0) {
    const subject = subjectOf(first);
    return `${subject}${subject === first.storePath ? "" : ","} cannot be had:${answersOf(first)}`;
  }
  const lines = named.map((path) => `${subjectOf(path)}:${answersOf(path)}`);
  const count = `${isAll ? "" : "at least "}${named.length + rest}`;
  const more = rest === 0 ? [] : [`and ${isAll ? "" : "at least "}${rest} more`];
  return [`${count} store paths cannot be had:`, ...lines, ...more].join("\n");
}

/** The path, and the one that refers to it. */
function subjectOf({ storePath, referrers }: UnavailablePath): string {
  const [referrer] = referrers;
  return referrer === undefined ? storePath : `${storePath}, which ${referrer} refers to`;
}

/** What each cache said, a line each, and how the path comes into the closure. */
function answersOf({ storePath, referrers, refusals }: UnavailablePath): string {
  const answers = refusals.map(({ answer }) => `\n  ${answer}`).join("");
  return referrers.length < 2 ? answers : `${answers}\n  ${chainOf([storePath, ...referrers])}`;
}

/** `needed through library ← tool ← … ← etc ← nixos-system-host`, by the names without their hashes. */
function chainOf(chain: readonly string[]): string {
  const names = chain.map((path) => path.replace(/^\/nix\/store\/.{32}-/, ""));
  const isLong = names.length > 2 * chainEnds + 1;
  const shown = isLong ? [...names.slice(0, chainEnds), "…", ...names.slice(-chainEnds)] : names;
  return `it is needed in this way: ${shown.join(" ← ")}`;
}

function findingOf(path: UnavailablePath): Finding {
  const isUntrusted = path.refusals.some(({ untrusted }) => untrusted);
  const id = isUntrusted ? "cache/path-unsigned" : "cache/path-missing";
  const [referrer] = path.referrers;
  const needed = referrer === undefined ? "" : `, which ${referrer} refers to`;
  const what = isUntrusted ? "no cache has it with a trusted signature" : "no cache has it";
  const message = `${what}${needed}${answersOf(path)}`;
  return makeFinding(id, path.storePath, message, hintFor(path.refusals));
}

function restOf(rest: readonly UnavailablePath[], isAll: boolean): Finding[] {
  const [first] = rest;
  if (first === undefined) return [];
  const isMissing = rest.every(({ refusals }) => refusals.every(isAbsence));
  const id = isMissing ? "cache/path-missing" : "cache/path-unsigned";
  const count = `${isAll ? "" : "at least "}${rest.length}`;
  return [makeFinding(id, "cache.substituters", `${count} more store paths cannot be had`)];
}
