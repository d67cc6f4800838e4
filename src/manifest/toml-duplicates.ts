import { type AST, parseTOML } from "toml-eslint-parser";
import { storageKinds } from "../disk/objects/index.ts";
import type { ManifestProblem } from "../manifest-error.ts";
import { formatKeyPath, type KeyPath } from "./key-path.ts";
import { lineStart } from "./line-start.ts";
import { keyName, type ManifestText, Positions, spanBetween } from "./positions.ts";
import { keyAt } from "./toml-statements.ts";

/** The parts of a dotted key, without quotes. */
function partsOf(dotted: string): string[] {
  const [node] = parseTOML(`${dotted} = 0`).body[0].body;
  return node?.type === "TOMLKeyValue" ? node.key.keys.map(keyName) : [];
}

/** The table that a key at an offset belongs to. */
function tableAt(document: AST.TOMLProgram, offset: number): KeyPath {
  const table = document.body[0].body.findLast(
    (node) => node.type === "TOMLTable" && node.range[0] < offset,
  );
  return table?.type === "TOMLTable" ? table.resolvedKey : [];
}

/** What to write instead of a second header: two brackets, where there may be several such tables. */
function expectedHeader(path: KeyPath): string {
  const [table, , key] = path;
  const parts = typeof table === "string" ? storageKinds[table]?.parts : undefined;
  return parts !== undefined && path.length === 3 && parts.key === key
    ? `[[${formatKeyPath(path)}]]: two brackets begin one more ${parts.what}`
    : "each table once, with all of its keys";
}

/**
 * What is wrong with a key or table that is given a second time, with the line of the first.
 *
 * @param document The text without what is given a second time.
 * @param offset Where the key or the key of the header stands; within a dotted key at any part of it.
 */
export function duplicateProblem(
  text: ManifestText,
  document: AST.TOMLProgram,
  offset: number,
): ManifestProblem {
  const start = lineStart(text.text, offset);
  const before = /^[ \t]*(?:\[\[?)?[ \t]*/.exec(text.text.slice(start))?.[0] ?? "";
  const name = keyAt(text.text.slice(start + before.length));
  const end = start + before.length + name.length;
  // A key of a table in braces, somewhere in the line.
  if (name === "" || offset >= end) {
    const key = keyAt(text.text.slice(offset));
    return {
      position: spanBetween(text, offset, offset + key.length),
      path: "",
      message: `the key ${key} is given twice in one table`,
    };
  }
  const isHeader = before.includes("[");
  const path = [...(isHeader ? [] : tableAt(document, start)), ...partsOf(name)];
  const position = spanBetween(text, start + before.length, end);
  return { position, path: formatKeyPath(path), ...claim(text, document, path, isHeader) };
}

/** What is claimed a second time. */
function claim(
  text: ManifestText,
  document: AST.TOMLProgram,
  path: KeyPath,
  isHeader: boolean,
): Pick<ManifestProblem, "message" | "expected"> {
  const positions = new Positions(text, document);
  const taken = path.findLastIndex((_part, index) => positions.has(path.slice(0, index + 1)));
  const owner = path.slice(0, taken + 1);
  const first = positions.ofKeys(owner, "key");
  const line = first === undefined ? "" : ` (line ${first.line})`;
  const name = formatKeyPath(owner);
  if (owner.length < path.length) {
    return { message: `${name} is complete already${line}: nothing can be added to it` };
  }
  if (isHeader) {
    return { message: `[${name}] is there already${line}`, expected: expectedHeader(path) };
  }
  const table = formatKeyPath(path.slice(0, -1));
  const where = table === "" ? "" : ` in ${table}`;
  return { message: `the key ${JSON.stringify(path.at(-1))} is there already${where}${line}` };
}
