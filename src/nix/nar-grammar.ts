import { narMagic, narString } from "./nar-format.ts";

/** Where in a NAR a reader is: what comes next. */
export type NarState =
  /** A word, one of those that {@link narWords} has for the state. */
  | WordState
  /** A string of any contents. */
  | "name"
  | "target"
  /** A file's size, a number without a string's length before it. */
  | "size"
  /** The NULs after a file's contents. */
  | "padding"
  /** Nothing: the NAR is complete. */
  | "end"
  | "failed";

/** A state in which a word of the format comes, and which one of several may depend on. */
type WordState =
  | "magic"
  | "node"
  | "type"
  | "kind"
  | "file"
  | "executable"
  | "contents"
  | "link"
  | "close"
  | "entry"
  | "entry-open"
  | "entry-name"
  | "entry-node"
  | "entry-close";

/** A word of the format. */
export interface NarWord {
  readonly text: string;
  /** As it stands in a NAR: its length, itself, its padding. */
  readonly encoded: Uint8Array;
  /** The state after it. */
  readonly next: NarState;
}

/** The words that may come, each with the state after it. */
function words(nextByText: Readonly<Record<string, NarState>>): NarWord[] {
  return Object.entries(nextByText).map(([text, next]) => ({
    text,
    encoded: narString(text),
    next,
  }));
}

/**
 * The words that may come in a state. After the `)` that closes a node the state is `end` instead if the node is the
 * root. The grammar is that of "Nix Archive format" in the manual of Nix.
 */
export const narWords: ReadonlyMap<NarState, readonly NarWord[]> = new Map<
  WordState,
  readonly NarWord[]
>([
  ["magic", words({ [narMagic]: "node" })],
  ["node", words({ "(": "type" })],
  ["type", words({ type: "kind" })],
  ["kind", words({ regular: "file", directory: "entry", symlink: "link" })],
  ["file", words({ contents: "size", executable: "executable" })],
  ["executable", words({ "": "contents" })],
  ["contents", words({ contents: "size" })],
  ["link", words({ target: "target" })],
  ["close", words({ ")": "entry-close" })],
  ["entry", words({ entry: "entry-open", ")": "entry-close" })],
  ["entry-open", words({ "(": "entry-name" })],
  ["entry-name", words({ name: "name" })],
  ["entry-node", words({ node: "node" })],
  ["entry-close", words({ ")": "entry" })],
]);
