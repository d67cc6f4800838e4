import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { KeptFiles } from "../../../src/cache/kept-files.ts";
import { walkClosure } from "../../../src/cache/walk.ts";
import { judges, storageJudges, systemJudges } from "../../../src/plan/preflight/index.ts";
import { readSystemFromCaches } from "../../../src/system-info/read-from-caches.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { layoutNames } from "../../system/layouts.ts";
import { layoutInputs, told } from "../../unit/plan/preflight/judged.ts";

/* The systems of all layouts, as their caches describe them: nothing speaks against any of them on its machine. */

setDefaultTimeout(60_000);

let fixture: SystemFixture;
let cache: WebServer;

beforeAll(async () => {
  fixture = await systemFixture();
  cache = await serveDirectory(fixture.layoutCache);
}, 900_000);

afterAll(() => cache[Symbol.asyncDispose]());

test.each(layoutNames)("%s", async (name) => {
  const { signal } = new AbortController();
  const trust = { trustedPublicKeys: [fixture.publicKey], requireSignatures: true };
  const closure = await walkClosure({
    toplevel: fixture.layouts[name],
    substituters: [cache.url()],
    ...trust,
    connections: 25,
    signal,
  });
  const system = await readSystemFromCaches(closure, {
    signal,
    kept: new KeptFiles(0),
    log: () => {},
    execute: (argv) => Promise.reject(new Error(`nothing is to be run: ${argv.join(" ")}`)),
    trust,
  });
  const inputs = { ...(await layoutInputs(name)), system };
  const findings = [
    ...storageJudges.flatMap((judge) => judge(inputs)),
    ...systemJudges.flatMap((judge) => judge(inputs)),
    ...judges.flatMap((judge) => judge(inputs)),
  ];
  expect(told(findings)).toEqual([]);
});
