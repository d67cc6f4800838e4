import type { Clock } from "./clock.ts";
import type { Facts } from "./facts.ts";

/** A program as the document lists it. */
interface ToolEntry {
  readonly name: string;
  readonly path: string;
  /** Left out where it does not tell. */
  readonly version?: string;
}

/** The facts as `installer facts --format json` prints them; described in `docs/facts.md`. */
export interface FactsDocument extends Omit<Facts, "clock" | "tools" | "versions"> {
  /** Of this format: keys may be added without a new one. */
  readonly version: 1;
  readonly clock: {
    readonly now: string;
    readonly newest: Readonly<Record<keyof Clock["newest"], string>>;
  };
  readonly tools: readonly ToolEntry[];
  /** Programs that some install would run, and that are not there. */
  readonly missingTools: readonly string[];
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/**
 * The facts as a document. Pure.
 *
 * @param programs All programs that were looked for.
 */
export function factsDocument(facts: Facts, programs: readonly string[]): FactsDocument {
  const { clock, tools, versions, ...rest } = facts;
  const { now, newest } = clock;
  return {
    version: 1,
    ...rest,
    clock: { now: isoTime(now), newest: { what: newest.what, made: isoTime(newest.made) } },
    tools: Object.entries(tools).map(([name, path]) => {
      const version = versions[name];
      return { name, path, ...(version === undefined ? {} : { version }) };
    }),
    missingTools: programs.filter((name) => tools[name] === undefined),
  };
}
