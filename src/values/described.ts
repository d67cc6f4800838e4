import * as v from "valibot";

/**
 * The schema of a key of the manifest, with what there is to know of the key: `installer schema` tells it to editors.
 *
 * @param schema With its `v.optional`, if the key may be left out.
 */
export function described<Schema extends v.GenericSchema>(schema: Schema, description: string) {
  return v.pipe(schema, v.description(description));
}

/**
 * What the check before it demands, in the keywords of JSON Schema, into which a function cannot be converted. It may
 * demand less than the check, never more.
 *
 * @example
 * ```ts
 * inJsonSchema({ oneOf: [{ required: ["device"] }, { required: ["file", "size"] }] })
 * ```
 */
export function inJsonSchema<Input>(keywords: Readonly<Record<string, unknown>>) {
  return v.metadata<Input, Readonly<Record<string, unknown>>>(keywords);
}
