/*
 * `npm test`: everything, in the order in which a mistake is cheapest to find. Prints how long each part took and, as
 * its last line, how many tests passed and failed.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { buildDirectory } from "./support/scratch.ts";
import { systemFixture } from "./system/index.ts";
import { liveImage } from "./vm/index.ts";

const checkout = join(import.meta.dir, "..");
const reports = join(buildDirectory, "reports");
const totals = { passed: 0, failed: 0 };
let broken = false;

/** Has each test file fail that leaves something behind. */
const leakCheck = "--preload=./test/support/leak-check.ts";

function say(text: string): void {
  console.log(`\u001b[1m==>\u001b[0m ${text}`);
}

async function part(title: string, work: () => Promise<boolean>): Promise<void> {
  say(title);
  const started = performance.now();
  const succeeded = await work();
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  say(`${title}: ${succeeded ? "done" : "FAILED"} in ${seconds} s`);
  if (!succeeded) broken = true;
}

/** Runs a program of the project to its end; its output is the user's. */
async function run(argv: readonly string[]): Promise<boolean> {
  const child = Bun.spawn([...argv], { cwd: checkout, stdio: ["ignore", "inherit", "inherit"] });
  return (await child.exited) === 0;
}

/**
 * Runs the test files below a folder and adds up what they report.
 *
 * @param options Of `bun test`.
 */
async function tests(folder: string, ...options: readonly string[]): Promise<boolean> {
  const report = join(reports, `${folder.replaceAll("/", "-")}.xml`);
  const succeeded = await run([
    process.execPath,
    "test",
    "--isolate",
    ...options,
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    `./${folder}/`,
  ]);
  const summary = /<testsuites [^>]*tests="(\d+)"[^>]* failures="(\d+)"/.exec(
    await Bun.file(report).text(),
  );
  const [count, failures] = [Number(summary?.[1] ?? 0), Number(summary?.[2] ?? 1)];
  totals.passed += count - failures;
  totals.failed += failures;
  return succeeded && count > 0;
}

/** On two processors, two machines at a time take the least time together: each leaves one idle much of the time. */
async function testsInMachines(): Promise<boolean> {
  const others = await tests("test/vm", "--parallel=2", "--path-ignore-patterns=**/layouts/**");
  // These see to it themselves that there are two.
  return (await tests("test/vm/layouts")) && others;
}

async function buildFixtures(): Promise<boolean> {
  await Promise.all([systemFixture(say), liveImage(say)]);
  return true;
}

await rm(reports, { recursive: true, force: true });
await mkdir(reports, { recursive: true });
await part("Types, format, lint, dead code", () => run(["npm", "run", "--silent", "check"]));
await part("Build dist/installer", () => run([process.execPath, "build.ts"]));
await part("Unit tests", () => tests("test/unit", "--parallel=2", leakCheck));
await part("Build the systems that the tests install and boot", buildFixtures);
await part("Integration tests", () => tests("test/integration"));
await part("Installs that are broken off", () => tests("test/faults"));
await part("Tests in virtual machines", testsInMachines);

console.log(`tests: ${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = broken || totals.failed > 0 ? 1 : 0;
