import { narMagic } from "./nar-format.ts";

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

/**
 * The words that may come in a state, each with the state after it. After the `)` that closes a node it is `end`
 * instead if the node is the root. The grammar is that of "Nix Archive format" in the manual of Nix.
 */
export const narWords: ReadonlyMap<NarState, ReadonlyMap<string, NarState>> = new Map<
  WordState,
  ReadonlyMap<string, NarState>
>([
  ["magic", new Map([[narMagic, "node"]])],
  ["node", new Map([["(", "type"]])],
  ["type", new Map([["type", "kind"]])],
  [
    "kind",
    new Map([
      ["regular", "file"],
      ["directory", "entry"],
      ["symlink", "link"],
    ]),
  ],
  [
    "file",
    new Map([
      ["contents", "size"],
      ["executable", "executable"],
    ]),
  ],
  ["executable", new Map([["", "contents"]])],
  ["contents", new Map([["contents", "size"]])],
  ["link", new Map([["target", "target"]])],
  ["close", new Map([[")", "entry-close"]])],
  [
    "entry",
    new Map([
      ["entry", "entry-open"],
      [")", "entry-close"],
    ]),
  ],
  ["entry-open", new Map([["(", "entry-name"]])],
  ["entry-name", new Map([["name", "name"]])],
  ["entry-node", new Map([["node", "node"]])],
  ["entry-close", new Map([[")", "entry"]])],
]);
