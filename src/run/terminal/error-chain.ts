import { errorMessage, InstallerError, type SourcePosition } from "../../errors.ts";
import { ManifestError } from "../../manifest-error.ts";
import { CommandError } from "../command.ts";

/** What the errors of one chain of causes tell together, each fact from the outermost error that has it. */
export interface ErrorSummary {
  readonly message: string;
  /** The title and identifier of the step that failed. */
  readonly step: string | undefined;
  readonly object: string | undefined;
  readonly position: SourcePosition | undefined;
  readonly hint: string | undefined;
  readonly command: CommandError | undefined;
  readonly manifest: ManifestError | undefined;
  /** The messages of the causes, outermost first, without those that only say again what came before. */
  readonly causes: readonly string[];
  /** The stack of an error that nobody foresaw. */
  readonly stack: string | undefined;
}

/** An error and its causes, outermost first; each once, even if they go in a circle. */
function chainOf(error: unknown): unknown[] {
  const chain = new Set<unknown>();
  const add = (link: unknown) => {
    if (link === undefined || link === null || chain.has(link)) return;
    chain.add(link);
    if (link instanceof AggregateError) for (const inner of link.errors) add(inner);
    if (link instanceof Error) add(link.cause);
  };
  add(error);
  return [...chain];
}

/** The step that an error of the runner names: a text, or something with a title and an identifier. */
function stepOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("step" in error)) return undefined;
  const { step } = error;
  if (typeof step === "string") return step;
  if (typeof step !== "object" || step === null) return undefined;
  const title = "title" in step && typeof step.title === "string" ? step.title : undefined;
  const id = "id" in step && typeof step.id === "string" ? step.id : undefined;
  if (title === undefined || id === undefined) return title ?? id;
  return `${title} (${id})`;
}

/** Whether an error comes from a mistake in a program: a TypeError and its like, without a system's error code. */
function isProgrammingError(error: unknown): error is Error {
  const kinds = [TypeError, ReferenceError, RangeError, SyntaxError];
  return (
    kinds.some((kind) => error instanceof kind) && !(error instanceof Error && "code" in error)
  );
}

function first<Link, Fact>(chain: readonly Link[], fact: (link: Link) => Fact | undefined) {
  for (const link of chain) {
    const found = fact(link);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The error whose stack shows where the mistake is; `undefined` where all was foreseen. */
function unexpectedOf(chain: readonly unknown[]): Error | undefined {
  const programming = chain.find(isProgrammingError);
  if (programming !== undefined) return programming;
  const [outermost] = chain;
  if (!(outermost instanceof Error)) return undefined;
  if (!(outermost instanceof InstallerError)) return outermost;
  if (outermost.reason !== "bug") return undefined;
  const errors = chain.filter((link) => link instanceof Error);
  return errors.find((link) => !(link instanceof InstallerError)) ?? errors.at(-1);
}

/** Collects what an error and its causes tell. */
export function summarise(error: unknown): ErrorSummary {
  const chain = chainOf(error);
  const known = chain.filter((link) => link instanceof InstallerError);
  const message = errorMessage(error);
  const causes: string[] = [];
  for (const link of chain.slice(1)) {
    const text = errorMessage(link);
    if (text !== "" && ![message, ...causes].some((told) => told.includes(text))) causes.push(text);
  }
  const unexpected = unexpectedOf(chain);
  return {
    message,
    step: first(chain, stepOf),
    object: first(known, (link) => link.object),
    position: first(known, (link) => link.position),
    hint: first(known, (link) => link.hint),
    command: first(known, (link) => (link instanceof CommandError ? link : undefined)),
    manifest: first(known, (link) => (link instanceof ManifestError ? link : undefined)),
    causes,
    stack: unexpected?.stack,
  };
}
