import { readManifest } from "../../../src/manifest/source.ts";

/** A program for the tests: reads the manifest its argument names, until SIGTERM, and prints it. */

const interruption = new AbortController();
process.on("SIGTERM", () => interruption.abort(new Error("interrupted by SIGTERM")));

async function main(): Promise<number> {
  try {
    const reading = readManifest(process.argv[2] ?? "", { signal: interruption.signal });
    process.stderr.write("reading\n");
    const { file, text } = await reading;
    process.stdout.write(JSON.stringify({ file, text }));
    return 0;
  } catch (error) {
    process.stdout.write(String(error));
    return 1;
  }
}

process.exit(await main());
