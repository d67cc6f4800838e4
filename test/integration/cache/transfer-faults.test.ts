import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { rejection } from "../../support/rejection.ts";
import { asked, at, FaultyCaches } from "./faults.ts";

setDefaultTimeout(60_000);

let caches: FaultyCaches;

beforeAll(async () => {
  caches = await FaultyCaches.make();
}, 120_000);

test.each([500, 502, 503, 408, 429])(
  "a narinfo answered with %d is asked for again",
  async (status) => {
    const outcome = await caches.survives([at(caches.narInfo, { status }, 1)]);
    expect(asked(outcome, caches.narInfo)).toBe(2);
    expect(outcome.messages[0]).toMatch(
      new RegExp(
        `^warning: http://127.0.0.1:\\d+${caches.narInfo}: answered ${status} Status; attempt 2 of 5 in [\\d.]+ s$`,
      ),
    );
  },
);

test("a NAR answered with 500 four times is asked for a fifth time", async () => {
  const outcome = await caches.survives([at(caches.nar, { status: 500 }, 4)]);
  expect(asked(outcome, caches.nar)).toBe(5);
  expect(outcome.messages.length).toBe(4);
});

test("what is answered with 500 five times is given up", async () => {
  const outcome = await caches.fails([at(caches.nar, { status: 500 })]);
  expect(asked(outcome, caches.nar)).toBe(5);
  expect(outcome.error).toMatchObject({ reason: "cache", object: caches.library });
  expect(outcome.error.message).toContain(`${caches.nar}: answered 500`);
});

test("Retry-After is waited for", async () => {
  const started = performance.now();
  const later = { status: 503, headers: { "retry-after": "1" } };
  await caches.survives([at(caches.nar, later, 1)], { http: { maximumRetryDelay: 10 } });
  expect(performance.now() - started).toBeGreaterThan(1000);
});

test.each([401, 403, 404, 410])(
  "a path answered with %d is not asked for again",
  async (status) => {
    const outcome = await caches.fails([at(caches.narInfo, { status, body: "no" })]);
    const { error } = outcome;
    expect(asked(outcome, caches.narInfo)).toBe(1);
    expect(error.reason).toBe("cache");
    expect(error.message).toMatch(
      new RegExp(`^${caches.library}, which /nix/store/.* refers to, cannot be had:\n.*${status}`),
    );
    expect(error.hint).toContain(status === 401 ? "netrc-file" : "nix copy");
  },
);

test("a toplevel that the cache does not have is said to be missing", async () => {
  const { error } = await caches.fails([
    ({ path }) => (path.endsWith(".narinfo") ? { status: 404, body: "" } : undefined),
  ]);
  expect(error.message).toMatch(
    new RegExp(
      `^${caches.fixture.toplevel} cannot be had:\n  http://127.0.0.1:\\d+/ does not have it \\(404\\)$`,
    ),
  );
});

test("a NAR that is gone is an error of the cache", async () => {
  const outcome = await caches.fails([at(caches.nar, { status: 404 })]);
  expect(asked(outcome, caches.nar)).toBe(1);
  expect(outcome.error).toMatchObject({ reason: "cache", object: caches.library });
  expect(outcome.error.message).toContain("answered 404");
});

test.each(["reset", "close"] as const)(
  "a NAR that ends with a %s of the connection is fetched again",
  async (by) => {
    const outcome = await caches.survives([at(caches.nar, { cut: { after: 1_000_000, by } }, 2)]);
    expect(asked(outcome, caches.nar)).toBe(3);
    expect(outcome.messages[0]).toContain(
      "the connection was closed before the answer was complete",
    );
  },
);

test("a NAR that is cut off every time is an error of the cache", async () => {
  const { error } = await caches.fails([at(caches.nar, { cut: { after: 100_000, by: "close" } })]);
  expect(error.reason).toBe("cache");
  expect(error.message).toContain("the connection was closed before the answer was complete");
});

test("a NAR that is cut off without a length to tell is fetched again", async () => {
  const cut = { withoutLength: true, cut: { after: 1_000_000, by: "close" } } as const;
  const outcome = await caches.survives([at(caches.nar, cut, 1)]);
  expect(asked(outcome, caches.nar)).toBe(2);
  expect(outcome.messages[0]).toMatch(/ended after \d+ of \d+ bytes/);
});

test("a NAR that is cut off and of unknown size is fetched again", async () => {
  const body = await caches.changedNarInfo([/^FileSize: .*\n/m, ""], [/^FileHash: .*\n/m, ""]);
  const cut = { withoutLength: true, cut: { after: 1_000_000, by: "close" } } as const;
  const outcome = await caches.survives([
    (request) => at(caches.narInfo, { body })(request) ?? at(caches.nar, cut, 1)(request),
  ]);
  expect(asked(outcome, caches.nar)).toBe(2);
  expect(outcome.messages[0]).toMatch(/ended after \d+ bytes/);
});

test("a server that stalls in the middle is asked again", async () => {
  const stall = { cut: { after: 500_000, by: "stall" } } as const;
  const outcome = await caches.survives([at(caches.nar, stall, 1)], {
    http: { stallTimeout: 2 },
  });
  expect(asked(outcome, caches.nar)).toBeGreaterThanOrEqual(2);
  expect(outcome.messages).toContainEqual(
    expect.stringMatching(new RegExp(`${caches.nar}: sent nothing for 2 s`)),
  );
});

test("a server that never answers is given up after all attempts", async () => {
  const { error, requests, messages } = await caches.fails([() => ({ silent: true })], {
    http: { connectTimeout: 0.2, attempts: 2 },
  });
  expect(requests[0]?.length).toBe(2);
  expect(messages[0]).toContain("did not answer within 0.2 s; attempt 2 of 2");
  expect(error.reason).toBe("cache");
  expect(error.message).toContain("the binary cache cannot be used: http://127.0.0.1");
});

test("a server that is not there is given up, too", async () => {
  const { error } = await caches.fails([], { http: { attempts: 2 }, urls: ["http://127.0.0.1:1"] });
  expect(error.reason).toBe("cache");
  expect(error.message).toContain("http://127.0.0.1:1/nix-cache-info: the connection was refused");
});

test("redirects are followed", async () => {
  const here = { status: 302, headers: { location: "/moved" } };
  const back = { status: 307, headers: { location: `/x/..${caches.nar}?n=2` } };
  const outcome = await caches.survives([
    (request) => at(caches.nar, here, 1)(request) ?? at("/moved", back)(request),
  ]);
  expect(asked(outcome, "/moved")).toBe(1);
  expect(asked(outcome, caches.nar)).toBe(2);
});

test("redirects in a circle are given up", async () => {
  const circle = { status: 302, headers: { location: caches.nar } };
  const outcome = await caches.fails([at(caches.nar, circle)]);
  expect(asked(outcome, caches.nar)).toBe(11);
  expect(outcome.error.message).toContain("redirects more than 10 times");
});

test("a redirect away from HTTP is refused", async () => {
  const { error } = await caches.fails([
    at(caches.nar, { status: 302, headers: { location: "file:///etc/passwd" } }),
  ]);
  expect(error.message).toContain("redirects to file:///etc/passwd, which is not HTTP");
});

test("a narinfo may be compressed for transport", async () => {
  const body = gzipSync(await caches.file(caches.narInfo));
  const outcome = await caches.survives([
    ({ path, headers }) =>
      path === caches.narInfo && headers.get("accept-encoding")?.includes("gzip") === true
        ? { body, headers: { "content-encoding": "gzip" } }
        : undefined,
  ]);
  expect(asked(outcome, caches.narInfo)).toBe(1);
});

test("NARs are asked for as they are", async () => {
  const encodings = new Set<string | null>();
  await caches.survives([
    ({ path, headers }) => {
      if (path.startsWith("/nar/")) encodings.add(headers.get("accept-encoding"));
      return undefined;
    },
  ]);
  expect([...encodings]).toEqual(["identity"]);
});

test("a narinfo without end is not read to its end", async () => {
  const { error } = await caches.fails([
    at(caches.narInfo, { endless: true, body: "a".repeat(65_536) }),
  ]);
  expect(error.reason).toBe("cache");
  expect(error.message).toContain("sends more than 1048576 bytes");
});

test("a NAR without end is not read to its end", async () => {
  const { error } = await caches.fails([at(caches.nar, { endless: true })]);
  expect(error.reason).toBe("integrity");
  expect(error.message).toMatch(/is longer than the \d+ bytes it may have/);
});

test("an interruption ends the pull at once, and nothing half done stays", async () => {
  const interruption = new AbortController();
  const stall = at(caches.nar, { cut: { after: 500_000, by: "stall" } });
  const fault: typeof stall = (request) => {
    if (request.path === caches.nar) setTimeout(() => interruption.abort(new Error("SIGINT")), 200);
    return stall(request);
  };
  const started = performance.now();
  const error = await rejection(
    caches.fails([fault], { signal: interruption.signal, http: { stallTimeout: 60 } }),
  );
  expect(error.message).toBe("SIGINT");
  expect(performance.now() - started).toBeLessThan(10_000);
});
