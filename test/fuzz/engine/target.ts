import type { Random } from "./random.ts";

/** A parser that is given inputs. */
export interface Target {
  readonly name: string;
  /** Inputs to begin with, of a real tool or like one's. */
  readonly seeds: () => readonly Uint8Array[];
  /** Words of the format, which random bytes hardly ever hit. */
  readonly dictionary: readonly string[];
  /** The longest input that is made. Default: 16 KiB. */
  readonly longest?: number;
  /** Milliseconds of processor time that an input of any length may take. Default: 300. */
  readonly milliseconds?: number;
  /** An input of the target's own making, where the grammar is known better than mutations do. */
  readonly generate?: (random: Random) => Uint8Array;
  /** Mends what makes nearly every mutation fail for the same reason, such as checksums. */
  readonly mend?: (input: Buffer, random: Random) => Buffer;
  /**
   * Parses it and compares what comes out with what must hold. @throws {Refusal} for what the parser refuses as it should;
   * anything else that is thrown is a defect.
   */
  readonly run: (input: Buffer, random: Random) => void;
  /** Of a whole run, inputs that were accepted are compared with a real tool here. Gives how many were. */
  readonly compare?: (accepted: readonly Uint8Array[]) => Promise<number>;
}

/** The parser has refused an input, with the error that it documents. */
export class Refusal extends Error {
  constructor(cause: unknown) {
    super("refused", { cause });
    this.name = "Refusal";
  }
}

/** What must hold does not. */
export class PropertyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PropertyError";
  }
}

/** @throws {PropertyError} unless it is so. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new PropertyError(message);
}

/** Calls a parser. @throws {Refusal} for errors of the class that it documents; others as they are. */
export function parsing<Result>(
  refusal: abstract new (...args: never[]) => Error,
  work: () => Result,
): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof refusal) throw new Refusal(error);
    throw error;
  }
}

/** An input in pieces, as a network has them. */
export function* pieces(input: Uint8Array, random: Random): Generator<Uint8Array, void> {
  const most = random.pick([1, 7, 64, 1024, 65_536]);
  for (let at = 0; at < input.length; ) {
    const length = 1 + random.below(Math.max(most, Math.ceil(input.length / 2000)));
    yield input.slice(at, at + length);
    at += length;
  }
}
