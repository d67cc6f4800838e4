import type * as v from "valibot";
import type { KeyPath } from "./key-path.ts";
import { isTable, type TomlTable, type TomlValue } from "./toml.ts";

/** The parts of valibot's schema objects that say which keys there are. */
interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly options?: readonly (SchemaNode | string)[];
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly value?: SchemaNode;
  readonly literal?: unknown;
  /** The discriminator of a variant. */
  readonly key?: string;
}

/** A key that a table must not have, with the keys it may have. */
export interface UnknownKey {
  readonly path: KeyPath;
  readonly key: string;
  readonly known: readonly string[];
  /** Where the table is of one of several types: its own, and those that have the key. */
  readonly type?: string;
  readonly types: readonly string[];
}

/** valibot exports a type for each kind of schema, but none for walking over all of them. */
function node(schema: v.GenericSchema): SchemaNode {
  return schema;
}

/** The schemas among which a value may choose: those of a variant or union, else the schema itself. */
function alternatives(schema: SchemaNode): readonly SchemaNode[] {
  if (schema.wrapped !== undefined) return alternatives(schema.wrapped);
  if (schema.type !== "variant" && schema.type !== "union") return [schema];
  return (schema.options ?? [])
    .filter((option) => typeof option === "object")
    .flatMap(alternatives);
}

/** The alternatives for tables of which a discriminator, or else most keys, fit; all of them when none does. */
function fittingTables(schema: SchemaNode, table: TomlTable): readonly SchemaNode[] {
  const all = alternatives(schema).filter(({ entries }) => entries !== undefined);
  const score = ({ entries = {} }: SchemaNode): number => {
    if (schema.key !== undefined) return Number(entries[schema.key]?.literal === table[schema.key]);
    return Object.keys(table).filter((key) => key in entries).length;
  };
  const best = Math.max(...all.map(score));
  return all.filter((option) => score(option) === best);
}

/** The values of a variant's discriminator with which a table has a key. */
function typesWith(schema: SchemaNode, key: string): readonly string[] {
  const discriminator = schema.key;
  if (discriminator === undefined) return [];
  return alternatives(schema).flatMap(({ entries = {} }) =>
    key in entries ? [String(entries[discriminator]?.literal)] : [],
  );
}

function* unknownInTable(
  schema: SchemaNode,
  table: TomlTable,
  path: KeyPath,
): Generator<UnknownKey> {
  const options = fittingTables(schema, table);
  const known = [...new Set(options.flatMap((option) => Object.keys(option.entries ?? {})))];
  for (const [key, value] of Object.entries(table)) {
    if (!known.includes(key)) {
      const type = schema.key === undefined ? undefined : table[schema.key];
      const types = typesWith(schema, key);
      const own = typeof type === "string" ? { type } : {};
      yield { path: [...path, key], key, known, ...own, types };
    }
    const entry = options.find((option) => option.entries?.[key] !== undefined)?.entries?.[key];
    if (entry !== undefined) yield* unknownIn(entry, value, [...path, key]);
  }
}

function* unknownIn(schema: SchemaNode, value: TomlValue, path: KeyPath): Generator<UnknownKey> {
  if (schema.wrapped !== undefined) {
    yield* unknownIn(schema.wrapped, value, path);
  } else if (Array.isArray(value)) {
    const item = alternatives(schema).find((option) => option.item !== undefined)?.item;
    if (item === undefined) return;
    for (const [index, element] of value.entries()) {
      yield* unknownIn(item, element, [...path, index]);
    }
  } else if (isTable(value)) {
    if (alternatives(schema).some(({ entries }) => entries !== undefined)) {
      yield* unknownInTable(schema, value, path);
    }
    if (schema.type === "record" && schema.value !== undefined) {
      for (const [key, element] of Object.entries(value)) {
        yield* unknownIn(schema.value, element, [...path, key]);
      }
    }
  }
}

/**
 * The keys of a document that a schema does not know: all of them, where valibot itself stops at the first of each
 * table.
 */
export function unknownKeys(schema: v.GenericSchema, root: TomlTable): UnknownKey[] {
  return [...unknownIn(node(schema), root, [])];
}

/** The keys of the tables that may stand at a path; empty where there may be none. */
export function keysOfTable(schema: v.GenericSchema, path: KeyPath): readonly string[] {
  let nodes: readonly SchemaNode[] = [node(schema)];
  for (const part of path) {
    nodes = nodes
      .flatMap(alternatives)
      .flatMap(({ entries, item, value }) => entries?.[part] ?? item ?? value ?? []);
  }
  const entries = nodes.flatMap(alternatives).map((option) => option.entries ?? {});
  return [...new Set(entries.flatMap(Object.keys))];
}

/** The name that stands for any name in {@link keysOf}. */
export const anyName = "*";

function* keysIn(schema: SchemaNode, path: readonly string[]): Generator<string> {
  for (const option of alternatives(schema)) {
    if (option.item !== undefined) yield* keysIn(option.item, path);
    if (option.type === "record" && option.value !== undefined) {
      yield* keysIn(option.value, [...path, anyName]);
    }
    for (const [key, entry] of Object.entries(option.entries ?? {})) {
      yield [...path, key].join(".");
      yield* keysIn(entry, [...path, key]);
    }
  }
}

/** Every key that a schema knows, as a dotted path with {@link anyName} for names that the user gives. */
export function keysOf(schema: v.GenericSchema): ReadonlySet<string> {
  return new Set(keysIn(node(schema), []));
}
