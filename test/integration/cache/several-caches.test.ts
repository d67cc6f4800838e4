import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { faultServer } from "../../support/fault-server.ts";
import { asked, at, FaultyCaches, sound } from "./faults.ts";

setDefaultTimeout(60_000);

let caches: FaultyCaches;

beforeAll(async () => {
  caches = await FaultyCaches.make();
}, 120_000);

const cacheInfo = (priority: number) =>
  at("/nix-cache-info", { body: `StoreDir: /nix/store\nPriority: ${priority}\n` });

test("what the first cache does not have comes from the next", async () => {
  const outcome = await caches.survives([at(caches.narInfo, { status: 404 }), sound]);
  expect(outcome.requests[1]).toEqual(["/nix-cache-info", caches.narInfo, caches.nar]);
  expect(outcome.messages).toEqual([]);
});

test("what the first cache cannot be trusted for comes from the next, with a warning", async () => {
  const body = await caches.changedNarInfo([/^Sig: .*\n/m, ""]);
  const outcome = await caches.survives([at(caches.narInfo, { body }), sound]);
  expect(outcome.requests[1]).toEqual(["/nix-cache-info", caches.narInfo, caches.nar]);
  expect(outcome.messages).toEqual([
    expect.stringMatching(
      new RegExp(
        `^warning: ${caches.library} is taken from the next cache: http://127.0.0.1:\\d+/ has it, but it is not signed \\(trusted are test-1\\)$`,
      ),
    ),
  ]);
});

test("a NAR that the first cache fails to deliver comes from the next", async () => {
  const outcome = await caches.survives([at(caches.nar, { status: 404 }), sound]);
  expect(outcome.requests[1]).toEqual(["/nix-cache-info", caches.narInfo, caches.nar]);
  expect(outcome.messages.join()).toMatch(/answered 404 Not Found; asking the next cache/);
});

test("the next cache may have compressed the NAR in another way", async () => {
  await using next = faultServer(caches.fixture.caches.xz, sound);
  await using first = faultServer(caches.fixture.caches.zstd, at(caches.nar, { status: 404 }));
  await caches.survives([], { urls: [first.url, next.url] });
  expect(next.requests.at(-1)).toMatch(/^\/nar\/.*\.nar\.xz$/);
});

test("a NAR that is wrong in the first cache comes from the next", async () => {
  const body = await caches.file(caches.nar);
  body[1000] = (body[1000] ?? 0) ^ 1;
  const { requests } = await caches.survives([at(caches.nar, { body }), sound]);
  expect(requests[1]).toEqual(["/nix-cache-info", caches.narInfo, caches.nar]);
});

test("a path that fails everywhere is an error that says what each cache did", async () => {
  const { error } = await caches.fails([
    at(caches.nar, { status: 404 }),
    at(caches.narInfo, { status: 403 }),
    at(caches.nar, { body: "wrong" }),
  ]);
  expect(error).toMatchObject({ reason: "integrity", object: caches.library });
  expect(error.message.split("\n")).toEqual([
    `${caches.library} cannot be had:`,
    expect.stringMatching(
      new RegExp(`^  http://127.0.0.1:\\d+${caches.nar}: answered 404 Not Found$`),
    ),
    expect.stringMatching(/^ {2}http:\/\/127.0.0.1:\d+\/ does not have it \(403\)$/),
    expect.stringMatching(
      new RegExp(`^  http://127.0.0.1:\\d+${caches.nar} has 5 bytes, its narinfo says \\d+$`),
    ),
  ]);
});

test("a cache with another build of the path is no replacement", async () => {
  const body = await caches.changedNarInfo([/^NarHash: .*/m, `NarHash: sha256:${"0".repeat(51)}1`]);
  const { error } = await caches.fails([
    at(caches.nar, { status: 404 }),
    at(caches.narInfo, { body }),
  ]);
  expect(error.reason).toBe("cache");
  expect(error.message).toContain("has another build of it (NAR hash sha256:0000");
});

test("a cache that does not answer is left out with a warning", async () => {
  const { messages, requests } = await caches.survives(
    [at("/nix-cache-info", { status: 500 }), sound],
    { http: { attempts: 2 } },
  );
  expect(requests[0]).toEqual(["/nix-cache-info", "/nix-cache-info"]);
  expect(messages.at(-1)).toMatch(/^warning: a cache is left out: http:.*answered 500/);
});

test("the cache of the lower priority is asked first", async () => {
  const { requests } = await caches.survives([cacheInfo(40), cacheInfo(30)]);
  expect(requests[0]).toEqual(["/nix-cache-info"]);
  expect(requests[1]?.length).toBeGreaterThan(80);
});

test("of two caches of the same priority the first is asked first", async () => {
  const { requests } = await caches.survives([cacheInfo(30), cacheInfo(30)]);
  expect(requests[0]?.length).toBeGreaterThan(80);
  expect(requests[1]).toEqual(["/nix-cache-info"]);
});

test("a cache for another store directory is refused", async () => {
  const other = at("/nix-cache-info", { body: "StoreDir: /gnu/store\n" });
  const { error } = await caches.fails([sound, other]);
  expect(error.reason).toBe("cache");
  expect(error.message).toMatch(
    /^http:.* holds paths for the store \/gnu\/store, not \/nix\/store$/,
  );
});

test("a user name and password are sent, and told to nobody", async () => {
  const authorized = `Basic ${Buffer.from("user:secret").toString("base64")}`;
  const { messages, requests } = await caches.survives(
    [
      ({ path, count, headers }) => {
        if (headers.get("authorization") !== authorized) return { status: 401 };
        return at(caches.nar, { status: 500 }, 1)({ path, count, headers });
      },
    ],
    { userInfo: "user:secret@" },
  );
  expect(asked({ messages, requests }, caches.nar)).toBe(2);
  expect(messages.join("\n")).toContain(`${caches.nar}: answered 500`);
  expect(messages.join("\n")).not.toContain("secret");

  const { error } = await caches.fails([() => ({ status: 500 })], {
    userInfo: "user:secret@",
    http: { attempts: 1 },
  });
  expect(error.message).toContain("answered 500");
  expect(`${error.message} ${error.object} ${error.stack}`).not.toContain("secret");
});
