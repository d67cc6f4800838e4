import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { findInconsistencies } from "../../../src/manifest/check.ts";
import { formatKeyPath, type KeyPath } from "../../../src/manifest/key-path.ts";
import { outline } from "../../../src/manifest/outline.ts";
import { validate } from "../../../src/manifest/schema-problems.ts";
import { isTable, parseToml, type TomlTable, type TomlValue } from "../../../src/manifest/toml.ts";

/** Every value of the example manifest replaced by one of every other kind: the checks must stand all of it. */

setDefaultTimeout(60_000);

const file = join(import.meta.dir, "../../../install.toml.example");
const { root } = parseToml({ file, text: await Bun.file(file).text() });

const strangers: readonly (TomlValue | undefined)[] = [
  undefined,
  "",
  "main.root",
  -1,
  Number.NaN,
  true,
  new Date(0),
  [],
  [[]],
  {},
  { name: "x", device: "x", type: "x" },
];

function* pathsIn(value: TomlValue, path: KeyPath = []): Generator<KeyPath> {
  if (path.length > 0) yield path;
  const inner = isTable(value) || Array.isArray(value) ? Object.entries(value) : [];
  for (const [key, element] of inner) {
    yield* pathsIn(element, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

/** A copy of a value in which another stands at a path, or nothing. */
function withValue(value: TomlValue, path: KeyPath, stranger: TomlValue | undefined): TomlValue {
  const [first, ...rest] = path;
  const replaced = ([key, element]: [string, TomlValue]): [string, TomlValue][] => {
    if (key !== String(first)) return [[key, element]];
    if (rest.length > 0) return [[key, withValue(element, rest, stranger)]];
    return stranger === undefined ? [] : [[key, stranger]];
  };
  const entries = Object.entries(value).flatMap(replaced);
  return Array.isArray(value) ? entries.map(([, element]) => element) : Object.fromEntries(entries);
}

function asTable(value: TomlValue): TomlTable {
  if (!isTable(value)) throw new TypeError("a document is a table");
  return value;
}

test("whatever stands in place of a value, the manifest is read or refused", () => {
  const crashes: string[] = [];
  let refused = 0;
  for (const path of pathsIn(root)) {
    for (const stranger of strangers) {
      const broken = asTable(withValue(root, path, stranger));
      try {
        const { findings, success } = validate(broken, findInconsistencies(outline(broken)));
        if (findings.length > 0) refused++;
        else if (!success) crashes.push(`${formatKeyPath(path)}: refused without a word`);
      } catch (error) {
        crashes.push(`${formatKeyPath(path)} = ${JSON.stringify(stranger)}: ${String(error)}`);
      }
    }
  }
  expect(crashes).toEqual([]);
  expect(refused).toBeGreaterThan(1000);
});
