import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { faultServer } from "../../support/fault-server.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { rejection } from "../../support/rejection.ts";
import { type ClosureFixture, closureFixture } from "./closure-fixture.ts";
import { at, sound } from "./faults.ts";
import { walk } from "./pulling.ts";

setDefaultTimeout(60_000);

let fixture: ClosureFixture;

beforeAll(async () => {
  fixture = await closureFixture();
}, 120_000);

test("settings in an address are not sent to the cache, and unknown ones are warned of", async () => {
  const requests: string[] = [];
  await using server = await serveDirectory(fixture.caches.zstd);
  const messages: string[] = [];
  const address = `${server.url()}?priority=3&want-mass-query=1&token=secret`;
  const { substituters } = await walk(fixture, [address], { messages });
  requests.push(...(await server.accessLog()));
  expect(requests.filter((line) => line.includes("?"))).toEqual([]);
  expect(substituters).toEqual([`${server.url()}/`]);
  expect(messages).toEqual([
    `warning: ${server.url()}/: the setting token in its address is unknown; as in Nix, it is not sent to the cache`,
  ]);
});

test("a cache may lie below a prefix", async () => {
  await using server = await serveDirectory("/nonexistent", {
    routes: { "/some/prefix/": fixture.caches.zstd },
  });
  for (const slash of ["", "/"]) {
    const { paths } = await walk(fixture, [`${server.url()}/some/prefix${slash}`]);
    expect(paths[0]?.narUrl).toStartWith(`${server.url()}/some/prefix/nar/`);
  }
});

test("the priority in an address goes before that of the cache", async () => {
  await using first = faultServer(fixture.caches.zstd, sound);
  await using second = faultServer(fixture.caches.zstd, sound);
  await walk(fixture, [first.url, `${second.url}?priority=-1`]);
  expect(first.requests).toEqual(["/nix-cache-info"]);
});

test("a trusted cache is believed without signatures, and no other is", async () => {
  await using first = faultServer(fixture.caches.zstd, sound);
  await using second = faultServer(fixture.caches.zstd, sound);
  const options = { trustedPublicKeys: [] };
  const messages: string[] = [];
  const urls = [first.url, `${second.url}?trusted=1`];
  const { paths } = await walk(fixture, urls, { ...options, messages });
  const fromFirst = paths.filter(({ substituter }) => substituter.startsWith(first.url));
  // Those that are content-addressed.
  expect(fromFirst).toHaveLength(2);
  expect(messages[0]).toBe(
    `warning: ${second.url}/ is believed without signatures, since its address says trusted`,
  );
  const error = await rejection(walk(fixture, [`${first.url}?trusted=0`], options));
  expect(error.message).toContain("has it, but it is signed only by test-1 (no key is trusted)");
});

test("a server without nix-cache-info is no binary cache", async () => {
  await using server = faultServer(fixture.caches.zstd, at("/nix-cache-info", { status: 404 }));
  const error = await rejection(walk(fixture, [server.url]));
  expect(error.message).toBe(
    `the binary cache cannot be used: ${server.url}/ is no binary cache: it has no nix-cache-info`,
  );
});

test.each([
  ["StoreDir: /nix/store\r\nWantMassQuery: 1\r\nPriority: 40\r\n"],
  ["StoreDir: /nix/store"],
  ["Priority:30\n\nStoreDir:/nix/store\nSomething: else\nStoreDir again\n"],
  ["WantMassQuery: 1\n"],
  [""],
])("%p is a nix-cache-info, as for Nix", async (body) => {
  await using server = faultServer(fixture.caches.zstd, at("/nix-cache-info", { body }));
  await walk(fixture, [server.url]);
});

test("a cache that never answers keeps another from being used for one time limit only", async () => {
  await using silent = faultServer(fixture.caches.zstd, () => ({ silent: true }));
  await using other = faultServer(fixture.caches.zstd, sound);
  const messages: string[] = [];
  const http = { connectTimeout: 0.2, attempts: 1000 };
  await walk(fixture, [silent.url, other.url], { messages, http });
  expect(messages.at(-1)).toBe(
    `warning: a cache is left out: ${silent.url}/: did not answer within 0.2 s of another cache`,
  );
  expect(silent.requests.length).toBeLessThan(4);
});
