import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { exitCodes } from "../../../src/errors.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { type PreflightClosures, preflightClosures } from "../../support/preflight-closures.ts";
import { preflightSeed } from "../../support/preflight-disks.ts";
import {
  isRefused,
  type PreflightMachine,
  preflightMachine,
} from "../../support/refused-install.ts";
import { type OddCaches, oddCaches } from "./odd-caches.ts";
import { scenarioGroups } from "./scenarios/index.ts";
import type { Caches, Scenario } from "./scenarios/scenario.ts";
import { sound } from "./scenarios/storage-tables.ts";

/*
 * What is found before a disk is touched: the installer as it is, real closures in a real cache over HTTP, and disks of
 * which no byte may change.
 */

setDefaultTimeout(60_000);

/** A scenario's name as Nix takes it. */
function attribute(name: string): string {
  return name.replaceAll(/[^A-Za-z]+/g, "-");
}

const scenarios = Object.values(scenarioGroups).flatMap((group) => Object.entries(group));

let closures: PreflightClosures;
let cache: WebServer;
let odd: OddCaches;
let caches: Caches;
let machine: PreflightMachine;

beforeAll(async () => {
  const systems = scenarios.flatMap(([name, { system }]) =>
    system === undefined ? [] : [[attribute(name), system] as const],
  );
  closures = await preflightClosures({ sound: {}, ...Object.fromEntries(systems) });
  cache = await serveDirectory(closures.cache);
  odd = oddCaches(closures.cache);
  caches = { whole: cache.url(), ...odd.urls, publicKey: closures.publicKey };
  machine = await preflightMachine();
}, 240_000);

afterAll(async () => {
  await machine[Symbol.asyncDispose]();
  await odd[Symbol.asyncDispose]();
  await cache[Symbol.asyncDispose]();
});

function soundCache({ whole, publicKey }: Caches): string {
  return `substituters = ["${whole}"]\ntrusted-public-keys = ["${publicKey}"]`;
}

function manifest(name: string, scenario: Partial<Scenario>): string {
  const { system, keys = "", storage = sound, cache: cacheLines = soundCache } = scenario;
  return `version = 1
${keys}
[system]
toplevel = "${closures.toplevels[system === undefined ? "sound" : attribute(name)]}"
seed = "${preflightSeed}"
[cache]
${cacheLines(caches)}
${storage}`;
}

test("a system that fits is planned, and nothing is found", async () => {
  const run = await machine.run("plan", manifest("sound", {}));
  expect(run).toMatchObject({ exitCode: 0, findings: [], isUntouched: true });
});

describe.each(Object.entries(scenarioGroups))("%s", (_group, group) => {
  test.each(Object.entries(group))("%s", async (name, scenario) => {
    const { live, findings, exitCode = exitCodes.refused, says = [] } = scenario;
    const refused = isRefused(findings);
    const run = await machine.run(refused ? "install" : "plan", manifest(name, scenario), live);
    expect(
      { exitCode: run.exitCode, findings: run.findings, isUntouched: run.isUntouched },
      run.stderr,
    ).toEqual({
      exitCode: refused ? exitCode : 0,
      findings: findings.toSorted(),
      isUntouched: true,
    });
    for (const text of says) expect(run.stderr).toMatch(text);
  });
});

test("what is allowed is a warning, and the plan is made", async () => {
  const name = "root by a UUID that nothing has";
  const keys = 'allow = ["preflight/fstab-root-mismatch"]';
  const text = manifest(name, { system: {}, keys });
  const { exitCode, stdout } = await machine.run("plan", text);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).findings).toMatchObject([
    { id: "preflight/fstab-root-mismatch", severity: "warning" },
  ]);
});
