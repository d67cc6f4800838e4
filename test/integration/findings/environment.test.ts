import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type Machine, machine, manifestFor } from "./program.ts";

/*
 * How what the installer finds out about the machine is told with what it finds out about the caches. What is found of
 * each kind is tried in ../preflight.
 */

setDefaultTimeout(60_000);

let host: Machine;

beforeAll(async () => {
  host = await machine();
});

afterAll(() => host[Symbol.asyncDispose]());

test("without a network, nobody waits for a cache", async () => {
  const started = performance.now();
  const manifest = manifestFor(host.disk.path, "http://192.0.2.1");
  const run = await host.run(manifest, { isCutOff: true });
  expect(run).toMatchObject({
    exitCode: 4,
    findings: ["preflight/no-route"],
    isUntouched: true,
  });
  expect(run.stderr).toContain(
    "error: cache.substituters: no route leads to 192.0.2.1 (192.0.2.1)\n",
  );
  expect(run.stderr).toContain("no default route\n");
  // A server that is silent has 15 seconds, five times.
  expect(performance.now() - started).toBeLessThan(15_000);
});

test("programs that are missing are told with what else is wrong, and how to get them", async () => {
  const before = "for name in sfdisk mkfs.ext4; do mount --bind /dev/null /usr/sbin/$name; done";
  const manifest = manifestFor("/dev/disk/by-id/landfall-missing", "https://cache.invalid");
  const run = await host.run(manifest, { before });
  expect(run.exitCode).toBe(4);
  expect(run.findings).toEqual(["preflight/name-unresolved", "preflight/disk-not-found"]);

  const there = await host.run(manifestFor(host.disk.path, "https://cache.invalid"), { before });
  expect(there.findings).toEqual([
    "preflight/name-unresolved",
    "preflight/program-missing",
    "preflight/program-missing",
  ]);
  expect(there.stderr).toContain("error: disk.main: the live system has no sfdisk\n");
  expect(there.stderr).toContain('error: filesystem."/": the live system has no mkfs.ext4\n');
  expect(there.stderr).toContain("Install it (apt-get install fdisk)");
  expect(there.isUntouched).toBe(true);
});

test("what the caches say is told together with what the machine is refused for", async () => {
  // A server that answers, but is no binary cache; and that lives in another time.
  using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response("nothing", { status: 404, headers: { date: "Mon, 01 Jan 2024 00:00:00 GMT" } }),
  });
  const manifest = manifestFor("/dev/disk/by-id/landfall-missing", server.url.origin);
  const run = await host.run(manifest);
  expect(run.exitCode).toBe(4);
  expect(run.findings).toEqual(["preflight/disk-not-found", "preflight/clock-off"]);
  expect(run.stderr).toMatch(/warning: clock: it says .* ahead of that of http:\/\/127\.0\.0\.1/);
  expect(run.stderr).toContain("the binary cache cannot be used");
});
