import { readManifest } from "../../../src/manifest/source.ts";

/** A program for the tests: reads the manifest its argument names, and prints it. */

try {
  const { file, text } = await readManifest(process.argv[2] ?? "");
  process.stdout.write(JSON.stringify({ file, text }));
} catch (error) {
  process.stdout.write(String(error));
  process.exitCode = 1;
}
