import { InstallerError, type SourceSpan } from "./errors.ts";

/** One thing that is wrong with a manifest. */
export interface ManifestProblem {
  /** `undefined` when what is missing belongs to no table that is written. */
  readonly position: SourceSpan | undefined;
  /** The key it is about: `disk.main.partition[1].size`; empty for what is wrong with the text itself. */
  readonly path: string;
  /** One sentence without a full stop. */
  readonly message: string;
  /** What is allowed there. */
  readonly expected?: string | undefined;
  /** What was probably meant, as it would be written. */
  readonly suggestion?: string | undefined;
}

/** A manifest that cannot be used, with everything that is wrong with it, in the order of its lines. */
export class ManifestError extends InstallerError {
  /** Path or URL of the manifest, or `-` for standard input. */
  readonly file: string;
  readonly problems: readonly ManifestProblem[];

  /** @param problems At least one. */
  constructor(file: string, problems: readonly ManifestProblem[]) {
    const sorted = problems.toSorted((one, other) => compare(order(one), order(other)));
    const first = sorted[0];
    const where = file === "-" ? "the manifest from standard input" : `the manifest ${file}`;
    const count = sorted.length === 1 ? "a problem" : `${sorted.length} problems`;
    super(
      "manifest",
      `${where} has ${count}`,
      first?.position === undefined ? {} : { position: first.position },
    );
    this.name = "ManifestError";
    this.file = file;
    this.problems = sorted;
  }
}

/** Places in the order of the text; what has no place comes last. */
function order({ position }: ManifestProblem): number {
  return position === undefined ? Infinity : position.line * 2 ** 20 + position.column;
}

function compare(one: number, other: number): number {
  return one < other ? -1 : Number(one > other);
}
