import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type Fault, faultServer } from "../../support/fault-server.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture } from "./closure-fixture.ts";
import { at, sound } from "./faults.ts";
import { pull, storeEntries, walk } from "./pulling.ts";

setDefaultTimeout(60_000);

let fixture: ClosureFixture;

beforeAll(async () => {
  fixture = await closureFixture();
}, 120_000);

const cacheInfo = (priority: number) =>
  at("/nix-cache-info", { body: `StoreDir: /nix/store\nPriority: ${priority}\n` });

/** A cache that is asked first and introduces itself, and then has a fault. */
const broken =
  (fault: Fault): Fault =>
  (request) =>
    cacheInfo(1)(request) ?? fault(request);

test.each([
  ["hangs", { silent: true }],
  ["closes connections", { cut: { after: 0, by: "close" } }],
  ["is overloaded", { status: 503 }],
] as const)(
  "a cache that %s is given up after as many failures as a path has attempts",
  async (_what, reply) => {
    await using first = faultServer(
      fixture.caches.zstd,
      broken(() => reply),
    );
    await using second = faultServer(fixture.caches.zstd, cacheInfo(2));
    const messages: string[] = [];
    const http = { stallTimeout: 2, attempts: 3 };
    const { paths } = await walk(fixture, [first.url, second.url], { messages, http });
    expect(new Set(paths.map(({ substituter }) => substituter))).toEqual(
      new Set([`${second.url}/`]),
    );
    // One for the introduction, three for the toplevel, and none for any other path.
    expect(first.requests).toHaveLength(4);
    const down = messages.filter((message) => message.includes("asked last from now on"));
    expect(down).toEqual([
      expect.stringMatching(
        new RegExp(`^warning: a cache failed 3 times in a row and .*: ${first.url}/ `),
      ),
    ]);
  },
);

test("a cache that hangs in the middle is given up with all that was asked of it", async () => {
  // What the toplevel refers to is asked for at once, so that many requests hang.
  const top = `/${fixture.toplevel.slice("/nix/store/".length).slice(0, 32)}.narinfo`;
  await using first = faultServer(
    fixture.caches.zstd,
    broken(({ path }) => (path === top ? undefined : { silent: true })),
  );
  await using second = faultServer(fixture.caches.zstd, cacheInfo(2));
  const http = { stallTimeout: 2, attempts: 5 };
  const { paths } = await walk(fixture, [first.url, second.url], { http });
  const counts = Map.groupBy(first.requests, (request) => request);
  expect([...counts.values()].every(({ length }) => length <= 2)).toBe(true);
  expect(paths.filter(({ substituter }) => substituter === `${first.url}/`)).toHaveLength(1);
});

test("a cache that is down is asked all the same for what no other has", async () => {
  const library = await libraryNarInfo();
  // Down for the toplevel and what comes with it, back when nobody else has the library.
  await using first = faultServer(
    fixture.caches.zstd,
    broken(({ path }) => (path === library ? undefined : { status: 500 })),
  );
  await using second = faultServer(
    fixture.caches.zstd,
    (request) => cacheInfo(2)(request) ?? at(library, { status: 404 })(request),
  );
  const { paths } = await walk(fixture, [first.url, second.url], { http: { attempts: 2 } });
  const fromFirst = paths.filter(({ substituter }) => substituter === `${first.url}/`);
  expect(fromFirst.map(({ storePath }) => storePath.replace(/.*-/, ""))).toEqual(["library"]);
});

test("the only cache is asked for every path as often as there are attempts", async () => {
  await using server = faultServer(fixture.caches.zstd, ({ path, count }) =>
    path.endsWith(".narinfo") && count < 3 ? { status: 500 } : undefined,
  );
  const { paths } = await walk(fixture, [server.url], { http: { attempts: 3 } });
  expect(server.requests).toHaveLength(1 + 3 * paths.length);
});

test("when all are down, the error says what each did", async () => {
  const hangs = broken(() => ({ silent: true }));
  await using first = faultServer(fixture.caches.zstd, hangs);
  await using second = faultServer(fixture.caches.zstd, hangs);
  const http = { stallTimeout: 0.1, attempts: 2 };
  const error = await rejection(walk(fixture, [first.url, second.url], { http }));
  const problem = "did not answer within 0.1 s";
  expect(error.message.split("\n")).toEqual([
    `${fixture.toplevel} cannot be had:`,
    `  ${first.url}/ ${problem}`,
    `  ${second.url}/ ${problem}`,
  ]);
});

const isNar = (path: string) => path.startsWith("/nar/");

/** Pulls from a cache with a fault in its NARs that is asked first, and a sound one. */
async function pullBeside(fault: Fault) {
  await using first = faultServer(fixture.caches.zstd, broken(fault));
  await using second = faultServer(fixture.caches.zstd, cacheInfo(2));
  await using target = await scratchDirectory("target");
  const messages: string[] = [];
  const http = { connectTimeout: 1, stallTimeout: 1, attempts: 3 };
  const { report } = await pull(fixture, [first.url, second.url], target.path, { messages, http });
  expect(storeEntries(target.path)).toHaveLength(report.fetched);
  const asked = first.requests.filter(isNar);
  return { asked, fetched: report.fetched, messages };
}

test("a cache that hangs during the pull is given up with all that was asked of it", async () => {
  const { asked, fetched, messages } = await pullBeside(({ path }) =>
    isNar(path) ? { silent: true } : undefined,
  );
  // What was under way when it went down, and a few further attempts of that; not all paths.
  expect(asked.length).toBeLessThan(fetched);
  const counts = Map.groupBy(asked, (path) => path);
  expect([...counts.values()].every(({ length }) => length <= 2)).toBe(true);
  expect(messages.join("\n")).toContain("a cache failed 3 times in a row and is asked last");
});

test("a cache that has given one wrong NAR is asked last from then on", async () => {
  const { asked, fetched, messages } = await pullBeside(({ path }) =>
    isNar(path) ? { body: "wrong" } : undefined,
  );
  expect(asked.length).toBeLessThan(fetched);
  expect(messages.join("\n")).toMatch(
    /a cache gave something else than it promised and is asked last from now on: \/nix\/store\/.*: http:\/\/127.0.0.1:\d+\/nar\/.* has 5 bytes/,
  );
});

async function libraryNarInfo(): Promise<string> {
  await using server = faultServer(fixture.caches.zstd, sound);
  const { paths } = await walk(fixture, [server.url]);
  const library = paths.find(({ storePath }) => storePath.endsWith("-library"));
  return `/${library?.storePath.slice("/nix/store/".length).slice(0, 32)}.narinfo`;
}
