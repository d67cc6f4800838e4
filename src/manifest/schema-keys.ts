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
}

/** A key that a table must not have, with the keys it may have. */
export interface UnknownKey {
  readonly path: KeyPath;
  readonly key: string;
  readonly known: readonly string[];
}

/** valibot exports a type for each kind of schema, but none for walking over all of them. */
function node(schema: v.GenericSchema): SchemaNode {
  return schema;
}

function variants(schema: SchemaNode): readonly SchemaNode[] {
  return (schema.options ?? []).filter((option) => typeof option === "object");
}

/** The variants whose discriminator `type` fits the table; all of them when none does. */
function fittingVariants(schema: SchemaNode, table: TomlTable): readonly SchemaNode[] {
  const all = variants(schema);
  const fitting = all.filter((option) => option.entries?.type?.literal === table.type);
  return fitting.length > 0 ? fitting : all;
}

function* unknownInTable(
  options: readonly SchemaNode[],
  table: TomlTable,
  path: KeyPath,
): Generator<UnknownKey> {
  const known = [...new Set(options.flatMap((option) => Object.keys(option.entries ?? {})))];
  for (const [key, value] of Object.entries(table)) {
    if (!known.includes(key)) yield { path: [...path, key], key, known };
    const entry = options.find((option) => option.entries?.[key] !== undefined)?.entries?.[key];
    if (entry !== undefined) yield* unknownIn(entry, value, [...path, key]);
  }
}

function* unknownIn(schema: SchemaNode, value: TomlValue, path: KeyPath): Generator<UnknownKey> {
  if (schema.wrapped !== undefined) {
    yield* unknownIn(schema.wrapped, value, path);
  } else if (Array.isArray(value)) {
    if (schema.item === undefined) return;
    for (const [index, element] of value.entries()) {
      yield* unknownIn(schema.item, element, [...path, index]);
    }
  } else if (isTable(value)) {
    if (schema.type === "strict_object") yield* unknownInTable([schema], value, path);
    if (schema.type === "variant") {
      yield* unknownInTable(fittingVariants(schema, value), value, path);
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

/** The name that stands for any name in {@link keysOf}. */
export const anyName = "*";

function* keysIn(schema: SchemaNode, path: readonly string[]): Generator<string> {
  const inner = schema.wrapped ?? schema.item;
  if (inner !== undefined) yield* keysIn(inner, path);
  if (schema.type === "record" && schema.value !== undefined) {
    yield* keysIn(schema.value, [...path, anyName]);
  }
  for (const option of schema.type === "variant" ? variants(schema) : []) {
    yield* keysIn(option, path);
  }
  for (const [key, entry] of Object.entries(schema.entries ?? {})) {
    yield [...path, key].join(".");
    yield* keysIn(entry, [...path, key]);
  }
}

/** Every key that a schema knows, as a dotted path with {@link anyName} for names that the user gives. */
export function keysOf(schema: v.GenericSchema): ReadonlySet<string> {
  return new Set(keysIn(node(schema), []));
}
