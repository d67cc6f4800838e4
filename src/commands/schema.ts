import { defineCommand } from "citty";
import { manifestJsonSchema } from "../manifest/json-schema.ts";
import { writeOutput } from "../run/terminal/write.ts";

/** `installer schema`: prints the manifest's JSON Schema, for editors. */
export function schemaCommand() {
  return defineCommand({
    meta: { name: "schema", description: "Print the manifest's JSON Schema, for editors" },
    run: () => writeOutput(`${JSON.stringify(manifestJsonSchema(), null, 2)}\n`),
  });
}
