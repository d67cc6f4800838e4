import { InstallerError } from "../errors.ts";

/** What a netrc file has for a host. */
export interface NetrcEntry {
  /** In small letters; `undefined` for the entry `default`, which is for every host. */
  readonly machine: string | undefined;
  readonly login: string;
  readonly password: string;
}

/** Words that are followed by one that says what they are about. */
const keywords = new Set(["machine", "login", "password", "account"]);

/**
 * Reads a netrc file (`netrc-file` of nix.conf), as libcurl does for Nix (`lib/netrc.c`): words with spaces or line breaks
 * between them, in double quotes if they have spaces themselves, comments behind a `#`.
 *
 * @param file What it is called in errors, which never hold any of its words.
 * @throws {InstallerError} `refused` with the line in which it is malformed.
 */
export function parseNetrc(text: string, file: string): NetrcEntry[] {
  const entries: { machine: string | undefined; login: string; password: string }[] = [];
  let line = 0;
  let pending: string | undefined;
  let isMacro = false;
  for (const content of text.split(/\r?\n/)) {
    line++;
    // A macro of ftp(1) ends with an empty line.
    if (isMacro) isMacro = content.trim() !== "";
    if (isMacro) continue;
    for (const word of wordsOf(content, file, line)) {
      const entry = entries.at(-1);
      if (pending === "machine") {
        entries.push({ machine: word.toLowerCase(), login: "", password: "" });
      } else if (pending === "login" && entry !== undefined) entry.login = word;
      else if (pending === "password" && entry !== undefined) entry.password = word;
      if (pending !== undefined) {
        pending = undefined;
      } else if (word === "default") {
        entries.push({ machine: undefined, login: "", password: "" });
      } else if (word === "macdef") {
        isMacro = true;
        break;
      } else if (keywords.has(word)) {
        if (word !== "machine" && entry === undefined) throw malformed(file, line);
        pending = word;
      } else throw malformed(file, line);
    }
  }
  if (pending !== undefined) throw malformed(file, line);
  return entries;
}

function malformed(file: string, line: number): InstallerError {
  return new InstallerError("refused", `${file} is no netrc file: line ${line} is malformed`, {
    object: "cache.netrc-file",
    hint: "Write a line for each host: machine HOST login NAME password PASSWORD.",
  });
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function* wordsOf(content: string, file: string, line: number): Generator<string> {
  const pattern = /\s*(?:(#.*)|"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"]\S*)|(\S))/gy;
  for (const [, comment, quoted, plain] of content.matchAll(pattern)) {
    if (comment !== undefined) return;
    if (quoted !== undefined) {
      yield quoted.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
    } else if (plain !== undefined) yield plain;
    else throw malformed(file, line);
  }
}

/** The first entry for a host. @param hasDefault Whether that for every host counts, too. */
export function netrcEntryFor(
  entries: readonly NetrcEntry[],
  host: string,
  hasDefault: boolean,
): NetrcEntry | undefined {
  const name = host.toLowerCase();
  return entries.find(({ machine }) =>
    machine === undefined ? hasDefault : machine === name || `[${machine}]` === name,
  );
}
