import { defineCommand } from "citty";
import { manifestJsonSchema } from "../manifest/json-schema.ts";
import { writeText } from "../run/terminal/write.ts";

/** `installer schema`: prints the manifest's JSON Schema, for editors. */
export function schemaCommand() {
  return defineCommand({
    meta: { name: "schema", description: "Print the manifest's JSON Schema, for editors" },
    run: () => writeText(1, `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`),
  });
}
