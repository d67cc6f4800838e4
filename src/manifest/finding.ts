import type { KeyPath } from "./key-path.ts";

/** A problem whose place is given by a path: its position in the text is looked up later. */
export interface Finding {
  readonly path: KeyPath;
  /** Which side of `key = value` it is about. */
  readonly side: "key" | "value";
  readonly message: string;
  readonly expected?: string | undefined;
  readonly suggestion?: string | undefined;
  /** Another place that it is about, whose line is named. */
  readonly also?: KeyPath | undefined;
  /** Whether it is about the keys of a table together, such as one of two that is missing. */
  readonly isTable?: true;
  /** Whether it says only that a value has none of several forms. */
  readonly isForm?: true;
}
