import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { PullReport } from "../../../src/cache/pull.ts";
import { registerPaths } from "../../../src/store/target-store.ts";
import { type Cut, type CuttingProxy, cuttingProxy } from "../../support/cutting-proxy.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { testSeed } from "../../support/seed.ts";
import { Chance } from "../../unit/disk/random-layout.ts";
import { type ClosureFixture, closureFixture, nix } from "./closure-fixture.ts";
import { pull } from "./pulling.ts";

setDefaultTimeout(60_000);

let fixture: ClosureFixture;

beforeAll(async () => {
  fixture = await closureFixture();
}, 120_000);

interface Outcome {
  readonly report: PullReport;
  readonly proxy: CuttingProxy;
  /** The lines of nginx's log that are about NARs. */
  readonly log: readonly string[];
}

/** Pulls through a proxy that ends connections, and has Nix verify what comes of it. */
async function pullThroughCuts(server: WebServer, cut: Cut): Promise<Outcome> {
  await using target = await scratchDirectory("target");
  await using proxy = cuttingProxy(server.port, cut);
  const { closure, report } = await pull(fixture, [proxy.url], target.path, {
    // What is cut off without a byte of it having come counts as an attempt.
    http: { attempts: 40 },
  });
  registerPaths(target.path, closure.paths, 1);
  await nix(["nix-store", "--store", target.path, "--verify", "--check-contents"]);
  const log = await server.accessLog();
  return { report, proxy, log: log.filter((line) => line.includes(" /nar/")) };
}

/** Bytes of bodies that nginx has sent. */
function sent(log: readonly string[]): number {
  return log.reduce((sum, line) => sum + Number(line.split(" ")[3]), 0);
}

test.each(["none", "zstd", "xz", "gzip", "br", "bzip2", "lz4"] as const)(
  "connections that end at random bytes cost nothing but what was on its way (%s)",
  async (compression) => {
    const seed = testSeed();
    const chance = new Chance(seed);
    await using server = await serveDirectory(fixture.caches[compression]);
    const { report, proxy, log } = await pullThroughCuts(server, () =>
      chance.between(50_000, 1_500_000),
    );
    const told = `seed ${seed}: ${proxy.cuts} cuts`;
    expect(proxy.cuts, told).toBeGreaterThan(2);
    const resumed = log.filter((line) => line.includes(" 206 "));
    expect(resumed.length, told).toBeGreaterThan(0);
    expect(report.profile?.resumed, told).toBeGreaterThanOrEqual(1);
    // What was received is what was to be received, whatever nginx has sent in vain.
    expect(report.profile?.repeated, told).toBe(0);
    expect(report.downloaded, told).toBeLessThan(sent(log) + 1);
  },
);

test("a server without ranges is asked for the whole file again, and what that costs is told", async () => {
  await using server = await serveDirectory(fixture.caches.zstd, { server: "max_ranges 0;" });
  const { report, log } = await pullThroughCuts(server, (_, cuts) =>
    cuts < 6 ? 900_000 : undefined,
  );
  expect(log.some((line) => line.includes(" 206 "))).toBe(false);
  expect(report.profile?.repeated).toBeGreaterThan(0);
});
