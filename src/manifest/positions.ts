import type { AST } from "toml-eslint-parser";
import type { SourceSpan } from "../errors.ts";
import { formatKeyPath, type KeyPath, parseKeyPath } from "./key-path.ts";
import { lineStart } from "./line-start.ts";

/** The text of a manifest and where it came from. */
export interface ManifestText {
  /** Path or URL, or `-` for standard input. */
  readonly file: string;
  readonly text: string;
}

/** Which side of `key = value` is meant. */
export type Side = "key" | "value";

function cover(text: string): string {
  return "*".repeat(text.length);
}

/**
 * Covers secrets, star by letter, so that columns stay what they are: passwords of addresses, and passphrases and keys
 * that are written where only their source belongs.
 */
function withoutSecrets(line: string): string {
  const covered = line.replaceAll(/(?<=:\/\/[^\s/@:"']*:)[^\s/@"']+(?=@)/g, cover);
  if (!/^\s*(?:passphrase|keys)\s*=/.test(covered)) return covered;
  return covered.replaceAll(
    /(?<source>(?:file|env|prompt)\s*=\s*)?(?<quote>["'])(?<text>.*?)\k<quote>/g,
    (all: string, source: string | undefined, quote: string, text: string) =>
      source === undefined ? `${quote}${cover(text)}${quote}` : all,
  );
}

/** The stretch of a text between two offsets, in UTF-16 units, cut at the end of its first line. */
export function spanBetween(text: ManifestText, start: number, end: number): SourceSpan {
  const offset = Math.min(start, text.text.length);
  const begin = lineStart(text.text, offset);
  const lineEnd = text.text.indexOf("\n", offset);
  const line = text.text.slice(begin, lineEnd === -1 ? undefined : lineEnd);
  const shown = withoutSecrets(line.endsWith("\r") ? line.slice(0, -1) : line);
  const column = offset - begin;
  return {
    file: text.file,
    line: text.text.slice(0, begin).split("\n").length,
    column: column + 1,
    text: shown,
    length: Math.max(1, Math.min(end - offset, shown.length - column)),
  };
}

type Range = readonly [number, number];

/** Where each key and value of a manifest is written, so that any later error can point at its line. */
export class Positions {
  readonly #text: ManifestText;
  readonly #ranges = new Map<string, Partial<Record<Side, Range>>>();

  constructor(text: ManifestText, document: AST.TOMLProgram) {
    this.#text = text;
    for (const node of document.body[0].body) {
      if (node.type === "TOMLKeyValue") this.#addKeyValue([], node);
      else this.#addTable(node);
    }
  }

  /**
   * Where an object of the manifest is written: its value, or the header of its table. What is not written, such as a
   * key that was left to its default, is found at the nearest table around it. `undefined` when that is missing too.
   *
   * @param path Keys as TOML writes them: `disk.main.partition[1].size`, `filesystem."/".device`.
   */
  of(path: string): SourceSpan | undefined {
    const keys = parseKeyPath(path);
    return keys === undefined ? undefined : this.ofKeys(keys, "value");
  }

  /** As {@link of}, for a path that is no text, with the choice of the key or the value. */
  ofKeys(path: KeyPath, side: Side): SourceSpan | undefined {
    for (let length = path.length; length > 0; length--) {
      const found = this.#ranges.get(formatKeyPath(path.slice(0, length)));
      const range = length === path.length ? (found?.[side] ?? found?.key) : found?.key;
      if (range !== undefined) return spanBetween(this.#text, range[0], range[1]);
    }
    return undefined;
  }

  /** Whether there is a key or table at a path, as it is written. */
  has(path: KeyPath): boolean {
    return this.#ranges.has(formatKeyPath(path));
  }

  #add(path: KeyPath, side: Side, range: Range): void {
    const name = formatKeyPath(path);
    const known = this.#ranges.get(name);
    if (known?.[side] === undefined) this.#ranges.set(name, { ...known, [side]: range });
  }

  #addTable(table: AST.TOMLTable): void {
    const { keys } = table.key;
    const path = table.resolvedKey;
    const first = keys[0];
    let count = 0;
    for (const [index, part] of path.entries()) {
      const node = keys[typeof part === "number" ? count - 1 : count++];
      if (first !== undefined && node !== undefined) {
        this.#add(path.slice(0, index + 1), "key", [first.range[0], node.range[1]]);
      }
    }
    for (const pair of table.body) this.#addKeyValue(path, pair);
  }

  #addKeyValue(table: KeyPath, pair: AST.TOMLKeyValue): void {
    const path: (string | number)[] = [...table];
    for (const key of pair.key.keys) {
      path.push(keyName(key));
      this.#add(path, "key", key.range);
    }
    this.#addValue(path, pair.value);
  }

  #addValue(path: KeyPath, node: AST.TOMLContentNode): void {
    this.#add(path, "value", node.range);
    if (node.type === "TOMLInlineTable") {
      for (const pair of node.body) this.#addKeyValue(path, pair);
    }
    if (node.type === "TOMLArray") {
      for (const [index, element] of node.elements.entries()) {
        this.#add([...path, index], "key", element.range);
        this.#addValue([...path, index], element);
      }
    }
  }
}

/** The name a key stands for, without quotes. */
export function keyName(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}
