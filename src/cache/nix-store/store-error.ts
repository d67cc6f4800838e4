import { stripVTControlCharacters } from "node:util";
import type { InstallerError } from "../../errors.ts";
import { CommandError } from "../../run/command.ts";
import type { Refusal } from "../lookup.ts";
import { storeName } from "./store-address.ts";

/** What went wrong with a store, in words. */
export interface StoreProblem {
  readonly problem: string;
  readonly hint?: string;
}

/** What ssh and Nix say, and what can be done about it. */
const known: readonly (readonly [RegExp, string, string])[] = [
  [
    /Host key verification failed/,
    "ssh does not know the host's key",
    "Add it to root's ~/.ssh/known_hosts first (ssh-keyscan HOST), or install a live system that has it.",
  ],
  [
    /Permission denied \(/,
    "ssh is not let in",
    "Give root a key that the host accepts, in ~/.ssh or an agent, or name one: ssh://USER@HOST?ssh-key=/PATH.",
  ],
  [
    /don't know how to open Nix store '(?:s3):/,
    "the portable store's Nix is built without S3",
    "Use a portable store whose Nix has it, such as Nix's own binary tarball; or the bucket's https:// address.",
  ],
  [
    // Nix 2.33 and newer read S3 by HTTP; those before tell what AWS's SDK says.
    /HTTP error 40[13]\b|AWS error .*(?:denied|forbidden|access key|signature|token)/i,
    "the bucket lets nobody in without the right credentials",
    "Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile of ~/.aws (?profile=NAME), and a portable store whose Nix is built with AWS; others, such as Debian's, read public buckets only.",
  ],
  [
    /don't know how to open Nix store/,
    "the portable store's Nix does not know such stores",
    "Use a portable store with a newer Nix.",
  ],
  [
    /command not found|nix-store: not found|nix-daemon: not found/,
    "the host has no Nix where ssh looks for it",
    "Name its program: ?remote-program=/PATH/OF/nix-store (nix-daemon for ssh-ng).",
  ],
];

/** What a failed command of Nix said about a store. @param output What it printed, standard error last. */
export function storeProblem(output: string): StoreProblem {
  const text = stripVTControlCharacters(output);
  for (const [pattern, problem, hint] of known) if (pattern.test(text)) return { problem, hint };
  const lines = text.split("\n").map((line) => line.trim());
  const wanted = lines.filter((line) => line !== "" && !line.startsWith("warning: "));
  const errors = wanted.filter((line) => line.startsWith("error:"));
  const last = (errors.at(-1) ?? wanted.at(-1) ?? "").replace(/^(?:error:\s*)+/, "");
  // "unexpected end-of-file" alone hides what ssh or the other side said before.
  const before = wanted.filter((line) => !line.startsWith("error:")).at(-1);
  const isVague = /unexpected end-of-file|cannot connect|failed to start SSH/i.test(last);
  const problem = isVague && before !== undefined ? `${before} (${last})` : last;
  return { problem: problem === "" ? "Nix failed without a word" : problem };
}

/** What a failed command of Nix about a store means for the paths that it was asked for. */
export function storeRefusal(store: string, error: InstallerError): Refusal {
  const { problem, hint } =
    error instanceof CommandError && error.status !== undefined
      ? storeProblem(error.output)
      : { problem: error.message, hint: error.hint };
  return {
    answer: `${storeName(store)} cannot be used: ${problem}`,
    reason: error.reason,
    ...(hint === undefined ? {} : { hint }),
  };
}
