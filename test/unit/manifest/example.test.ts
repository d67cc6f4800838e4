import { expect, test } from "bun:test";
import { join } from "node:path";
import { parse } from "@iarna/toml";
import type * as v from "valibot";
import { storageTables } from "../../../src/disk/objects/index.ts";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { manifestSchema } from "../../../src/manifest/schema.ts";
import { anyName, keysOf } from "../../../src/manifest/schema-keys.ts";

const file = join(import.meta.dir, "../../../install.toml.example");
const text = await Bun.file(file).text();

/** Tables whose keys are names that the user gives. */
const tablesOfNames = new Set([...Object.keys(storageTables), "cache.access-tokens"]);

function keysIn(value: unknown, path: readonly string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => keysIn(element, path));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, element]) => {
    const isName = tablesOfNames.has(path.join("."));
    const inner = [...path, isName ? anyName : key];
    return isName ? keysIn(element, inner) : [inner.join("."), ...keysIn(element, inner)];
  });
}

test("install.toml.example is a sound manifest", () => {
  expect(() => parseManifest({ file, text })).not.toThrow();
});

test("install.toml.example has every key of the schema and no other", () => {
  const shown = [...new Set(keysIn(parse(text)))].toSorted();
  expect(shown).toEqual([...keysOf(manifestSchema)].toSorted());
});

test("install.toml.example explains every key where it first appears", () => {
  const lines = text.split("\n");
  const explained = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const key = /^(?<key>[a-z0-9-]+) = /.exec(line)?.groups?.key;
    if (key === undefined) continue;
    if (lines[index - 1]?.startsWith("# ") === true) explained.add(key);
    expect(explained, `line ${index + 1} of install.toml.example`).toContain(key);
  }
});

/** The parts of valibot's schema objects that say which values are filled in. */
interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly options?: readonly (SchemaNode | string)[];
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly value?: SchemaNode;
  readonly default?: unknown;
}

/** valibot exports a type for each kind of schema, but none for walking over all of them. */
function node(schema: v.GenericSchema): SchemaNode {
  return schema;
}

/** Keys with the texts, numbers and truth values that the schema fills in for them. */
function* defaultsIn(schema: SchemaNode): Generator<readonly [key: string, value: unknown]> {
  for (const [key, entry] of Object.entries(schema.entries ?? {})) {
    const value = entry.default;
    if (value !== undefined && typeof value !== "object") yield [key, value];
    yield* defaultsIn(entry);
  }
  const inner = [schema.wrapped, schema.item, schema.value, ...(schema.options ?? [])];
  for (const child of inner) if (typeof child === "object") yield* defaultsIn(child);
}

test("install.toml.example names the defaults of the schema", () => {
  const named = [
    ...text.matchAll(/Default: (?<value>"[^"]*"|\w+)[.,](?:.*\n#)*.*\n(?<key>[a-z-]+) = /g),
  ].map((match) => `${match.groups?.key} = ${match.groups?.value}`);
  const defaults = [...defaultsIn(node(manifestSchema))];
  expect(defaults.length).toBeGreaterThan(10);
  expect(named).toEqual(
    expect.arrayContaining(defaults.map(([key, value]) => `${key} = ${JSON.stringify(value)}`)),
  );
});
