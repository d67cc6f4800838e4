import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { manifestSchema } from "./schema.ts";

/** What valibot's converter is asked about an action that it may not know. */
interface ActionContext {
  readonly valibotAction: v.PipeAction<unknown, unknown, v.BaseIssue<unknown>>;
  readonly jsonSchema: JsonSchema;
}

/** Actions that JSON Schema has no words for: functions, and what only changes how a value is kept. */
const withoutWords: ReadonlySet<string> = new Set([
  "check",
  "partial_check",
  "raw_check",
  "to_lower_case",
]);

/** Regular expressions that mean the same without their flag, to validators that always have it: `u`. */
const unicodePattern = v.object({
  requirement: v.pipe(
    v.instance(RegExp),
    v.check(({ flags }) => flags === "u"),
  ),
});

const longestText = v.object({ requirement: v.number() });

/** An action in the words of JSON Schema, where the converter has none; `undefined` leaves it to the converter. */
function convertAction({ valibotAction, jsonSchema }: ActionContext): JsonSchema | undefined {
  const { type } = valibotAction;
  if (withoutWords.has(type)) return jsonSchema;
  // A character has a byte at least.
  if (type === "max_bytes") {
    return { ...jsonSchema, maxLength: v.parse(longestText, valibotAction).requirement };
  }
  if (type === "regex" && v.is(unicodePattern, valibotAction)) {
    return { ...jsonSchema, pattern: valibotAction.requirement.source };
  }
  return undefined;
}

/**
 * The manifest's schema as JSON Schema draft-07, for editors: made of the same schema that validates manifests. It
 * refuses nothing that {@link parseManifest} takes, and takes more: what compares keys and tables with each other is not
 * in it.
 */
export function manifestJsonSchema(): JsonSchema {
  const { $schema, ...schema } = toJsonSchema(manifestSchema, {
    target: "draft-07",
    typeMode: "input",
    overrideAction: convertAction,
  });
  return {
    ...($schema === undefined ? {} : { $schema }),
    title: "Manifest of Landfall's installer",
    description:
      "What `installer` makes of a machine. `installer check` finds more than this schema can tell.",
    ...schema,
  };
}
