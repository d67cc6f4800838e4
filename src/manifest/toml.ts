import { parse } from "@iarna/toml";
import { type AST, getStaticTOMLValue, traverseNodes } from "toml-eslint-parser";
import { ManifestError, type ManifestProblem } from "../manifest-error.ts";
import { formatKeyPath, type KeyPath } from "./key-path.ts";
import { keyName, type ManifestText, Positions, spanBetween } from "./positions.ts";
import { departure } from "./toml-departures.ts";
import { parseSyntax } from "./toml-syntax.ts";

/** A value of a TOML document. Tables have no prototype. */
export type TomlValue = string | number | boolean | Date | readonly TomlValue[] | TomlTable;

/** A table of a TOML document, without a prototype. */
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

/** Names that reach an object's prototype: @iarna/toml writes through `[constructor]`, others through `__proto__`. */
const reservedNames = new Set(["__proto__", "constructor", "prototype"]);

/** What is TOML but must not reach a parser that builds objects: reserved names and integers that lose digits. */
function findUnsafe(text: ManifestText, document: AST.TOMLProgram): ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  const add = (node: AST.TOMLNode, message: string, expected?: string) =>
    problems.push({ position: spanBetween(text, ...node.range), path: "", message, expected });
  traverseNodes(document, {
    enterNode: (node) => {
      if (node.type === "TOMLBare" || node.type === "TOMLQuoted") {
        const name = keyName(node);
        if (reservedNames.has(name)) add(node, `${name} cannot be a name`);
      }
      if (node.type === "TOMLValue" && node.kind === "integer" && !isSafe(node.bigint)) {
        add(node, "the integer is too large", "an integer between -(2^53 - 1) and 2^53 - 1");
      }
    },
    leaveNode: () => undefined,
  });
  return problems;
}

function isSafe(integer: bigint): boolean {
  return BigInt(Number.MIN_SAFE_INTEGER) <= integer && integer <= BigInt(Number.MAX_SAFE_INTEGER);
}

/** Parses with @iarna/toml. */
function parseValue(text: ManifestText, document: AST.TOMLProgram): object {
  try {
    return parse(text.text);
  } catch (error) {
    throw new ManifestError(text.file, [departure(text, document, error)]);
  }
}

/** A carriage return that no line feed follows is no line break (TOML 1.0, "Spec"); both parsers let one pass at the end. */
function refuseLoneReturns(text: ManifestText): void {
  const offset = text.text.indexOf("\r");
  if (offset === -1) return;
  throw new ManifestError(text.file, [
    {
      position: spanBetween(text, offset, offset + 1),
      path: "",
      message: "a carriage return without a line feed is no line break of TOML",
      expected: "a line feed, with or without a carriage return before it",
    },
  ]);
}

/** Makes plain data of what @iarna/toml returned, keeping nothing but own keys. */
function plainValue(value: unknown): TomlValue | undefined {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  if (value instanceof Date) return value;
  if (Array.isArray(value)) {
    return value.map(plainValue).filter((element) => element !== undefined);
  }
  return typeof value === "object" && value !== null ? plainTable(value) : undefined;
}

function plainTable(value: object): TomlTable {
  const table: Record<string, TomlValue> = Object.create(null);
  for (const [key, element] of Object.entries(value)) {
    const plain = plainValue(element);
    if (plain !== undefined) table[key] = plain;
  }
  return table;
}

/** The value at the end of a path, if there is one. */
export function valueAt(root: TomlValue, path: KeyPath): TomlValue | undefined {
  let value: TomlValue | undefined = root;
  for (const part of path) {
    if (Array.isArray(value)) value = typeof part === "number" ? value[part] : undefined;
    else if (isTable(value)) value = value[part];
    else return undefined;
  }
  return value;
}

/** Whether a value is a table. */
export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}

/** The paths at which two values differ. */
function* differences(
  one: TomlValue | undefined,
  other: TomlValue | undefined,
  path: KeyPath = [],
): Generator<KeyPath> {
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    for (const [index, element] of one.entries()) {
      yield* differences(element, other[index], [...path, index]);
    }
  } else if (isTable(one) && isTable(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      yield* differences(one[key], other[key], [...path, key]);
    }
  } else if (one instanceof Date && other instanceof Date) {
    // The two give dates without a time zone different zones; no key of a manifest takes a date.
  } else if (one !== other && !(Number.isNaN(one) && Number.isNaN(other))) {
    yield path;
  }
}

/** A document that was read. */
export interface TomlDocument {
  readonly root: TomlTable;
  readonly positions: Positions;
  /** Keys that are given a second time, which count for nothing: what else is wrong can be told together with them. */
  readonly problems: readonly ManifestProblem[];
}

/**
 * Reads a text as TOML 1.0, by two parsers: @iarna/toml gives the values, toml-eslint-parser the places and a second
 * opinion. A text is refused when either refuses it or their values differ, because @iarna/toml lets through some texts
 * that are no TOML (a table defined twice, the 30th of February) and reads some integers wrongly.
 *
 * @throws {ManifestError} when the text is not TOML 1.0, holds an integer beyond 2^53 or a reserved name.
 */
export function parseToml(source: ManifestText): TomlDocument {
  // @iarna/toml takes the CR of a CR LF behind a comment for a part of the comment. TOML lets parsers normalise.
  const normal = { ...source, text: source.text.replaceAll("\r\n", "\n") };
  refuseLoneReturns(normal);
  const { text, document, problems } = parseSyntax(normal);
  const unsafe = findUnsafe(text, document);
  if (unsafe.length > 0) throw new ManifestError(text.file, [...problems, ...unsafe]);
  const root = plainTable(parseValue(text, document));
  const positions = new Positions(normal, document);
  const disagreements = [...differences(root, plainTable(getStaticTOMLValue(document)))];
  if (disagreements.length > 0) {
    throw new ManifestError(
      text.file,
      disagreements.map((path) => ({
        position: positions.ofKeys(path, "value"),
        path: formatKeyPath(path),
        message: "two TOML parsers read this differently",
        expected: "a plainer way to write it",
      })),
    );
  }
  return { root, positions, problems };
}
