import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

setDefaultTimeout(240_000);

const program = join(import.meta.dir, "..", "..", "fuzz", "main.ts");

async function fuzz(...options: readonly string[]) {
  const child = Bun.spawn([process.execPath, program, ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await new Response(child.stdout).text();
  return { exitCode: await child.exited, output };
}

test("no parser is brought down by some seconds of inputs that are nearly right", async () => {
  const { exitCode, output } = await fuzz("--fresh", "--seconds", "8", "--samples", "5");
  expect(output.split("\n").filter((line) => line.includes("FAILED"))).toEqual([]);
  expect(output).toMatch(/^nar: \d{3,} executions, \d{2,} accepted, \d{2,} branches/m);
  expect(exitCode).toBe(0);
});
