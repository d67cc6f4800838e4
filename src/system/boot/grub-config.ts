/** A device as `search` finds it: by a file system's UUID or label. */
export interface GrubSearch {
  readonly by: "uuid" | "label";
  readonly value: string;
}

/** A `menuentry`, or a `submenu` with entries of its own. */
export interface GrubEntry {
  readonly title: string;
  readonly id: string | undefined;
  /** The kernel and its command line; `undefined` in a submenu and for what is no Linux. */
  readonly linux: { readonly path: string; readonly parameters: readonly string[] } | undefined;
  readonly initrds: readonly string[];
  /** What `search` set, by variable, before and in this entry. */
  readonly searches: ReadonlyMap<string, GrubSearch>;
  readonly entries: readonly GrubEntry[];
}

/** The part of a grub.cfg that says what is booted. */
export interface GrubConfig {
  /** The value of `default` when nothing is saved: an index, title or id, parts of a path joined with `>`. */
  readonly defaultEntry: string;
  readonly entries: readonly GrubEntry[];
}

/** An entry while its lines are read. */
interface OpenEntry {
  title: string;
  id: string | undefined;
  linux: GrubEntry["linux"];
  initrds: string[];
  searches: Map<string, GrubSearch>;
  entries: GrubEntry[];
}

/**
 * Parses a grub.cfg as far as menu entries go, one command per line as install-grub.pl of nixpkgs writes it. Conditions
 * are not evaluated; an assignment with a variable in it counts as none.
 */
export function parseGrubConfig(text: string): GrubConfig {
  const top: OpenEntry = openEntry("", undefined, new Map());
  /** What each open brace belongs to: an entry, or a function that is left out. */
  const open: (OpenEntry | "function")[] = [top];
  let defaultEntry = "0";
  for (const line of text.split("\n")) {
    const words = splitWords(line);
    const [command, ...rest] = words;
    const entry = open.findLast((opened) => opened !== "function") ?? top;
    if (command === "menuentry" || command === "submenu") {
      open.push(openEntry(rest[0] ?? "", option(rest, "--id"), entry.searches));
    } else if (command === "function") {
      open.push("function");
    } else if (command === "}") {
      const closed = open.length > 1 ? open.pop() : undefined;
      const parent = open.findLast((opened) => opened !== "function") ?? top;
      if (closed !== undefined && closed !== "function") parent.entries.push(closed);
    } else if (open.at(-1) !== "function" && command !== undefined) {
      defaultEntry = assignedDefault(command, rest) ?? defaultEntry;
      readCommand(entry, command, rest);
    }
  }
  return { defaultEntry, entries: top.entries };
}

function openEntry(
  title: string,
  id: string | undefined,
  searches: ReadonlyMap<string, GrubSearch>,
): OpenEntry {
  return { title, id, linux: undefined, initrds: [], searches: new Map(searches), entries: [] };
}

function assignedDefault(command: string, words: readonly string[]): string | undefined {
  const [, value] = /^default=(.*)$/.exec((command === "set" ? words[0] : command) ?? "") ?? [];
  return value === undefined || value === "saved" || value === "" || value.includes("$")
    ? undefined
    : value;
}

function readCommand(entry: OpenEntry, command: string, words: readonly string[]): void {
  if (command === "search") {
    const variable = option(words, "--set") ?? "root";
    const uuid = option(words, "--fs-uuid") ?? option(words, "-u");
    const label = option(words, "--label") ?? option(words, "--fs-label") ?? option(words, "-l");
    if (uuid !== undefined) entry.searches.set(variable, { by: "uuid", value: uuid });
    else if (label !== undefined) entry.searches.set(variable, { by: "label", value: label });
  } else if (["linux", "linux16", "linuxefi"].includes(command)) {
    const [path = "", ...parameters] = words;
    entry.linux = { path, parameters };
  } else if (["initrd", "initrd16", "initrdefi"].includes(command)) {
    entry.initrds.push(...words);
  }
}

/** The value of an option, written `--name=value` or `--name value`. */
function option(words: readonly string[], name: string): string | undefined {
  for (const [index, word] of words.entries()) {
    if (word.startsWith(`${name}=`)) return word.slice(name.length + 1);
    if (word === name) return words[index + 1];
  }
  return undefined;
}

/** The words of a line, quotes and backslashes resolved as in a shell; none for a comment. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  const word = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g;
  if (/^\s*#/.test(line)) return words;
  for (const [text] of line.matchAll(word)) {
    words.push(
      text.replaceAll(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, escaped, double, single) =>
        String(escaped ?? single ?? String(double).replaceAll(/\\(["\\$])/g, "$1")),
      ),
    );
  }
  return words;
}

/** The entry that is started when nobody chooses; as in GRUB, the first one when `default` names none. */
export function defaultGrubEntry(config: GrubConfig): GrubEntry | undefined {
  let { entries } = config;
  let found: GrubEntry | undefined;
  for (const name of config.defaultEntry.split(">")) {
    found =
      (/^[0-9]+$/.test(name) ? entries[Number(name)] : undefined) ??
      entries.find(({ title, id }) => title === name || id === name) ??
      entries[0];
    entries = found?.entries ?? [];
  }
  return found;
}
