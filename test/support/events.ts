import { join } from "node:path";
import { Ajv } from "ajv";

/** An event as a program reads it. */
export interface JsonEvent {
  readonly time: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

const schemaPath = join(import.meta.dir, "..", "..", "docs", "events.schema.json");
const schema: Record<string, unknown> = await Bun.file(schemaPath).json();
const validate = new Ajv({
  strict: true,
  allErrors: true,
  formats: { "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
}).compile<JsonEvent>(schema);

/**
 * Reads what `--log-format json` printed, each line held against `docs/events.schema.json`.
 *
 * @throws Error for a line that is not as it is documented, with the line and what is wrong about it.
 */
export function readEvents(output: string): JsonEvent[] {
  if (output === "") return [];
  if (!output.endsWith("\n")) throw new Error("the last line has no end");
  return output
    .trimEnd()
    .split("\n")
    .map((line) => {
      const event: unknown = JSON.parse(line);
      if (validate(event)) return event;
      const { type } = Object(event);
      const errors = (validate.errors ?? []).map(({ instancePath, message, params }) => {
        return `${instancePath} ${message} ${JSON.stringify(params)}`;
      });
      throw new Error(`an event ${type} is not as documented: ${line}\n${errors.join("\n")}`);
    });
}
