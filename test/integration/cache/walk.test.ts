import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Closure } from "../../../src/cache/closure.ts";
import { walkClosure } from "../../../src/cache/walk.ts";
import type { Progress } from "../../../src/run/step.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture } from "./closure-fixture.ts";

setDefaultTimeout(60_000);

let fixture: ClosureFixture;

beforeAll(async () => {
  fixture = await closureFixture();
}, 120_000);

function walk(url: string, onProgress: (progress: Progress) => void = () => {}): Promise<Closure> {
  return walkClosure({
    toplevel: fixture.toplevel,
    substituters: [url],
    trustedPublicKeys: [fixture.publicKey],
    requireSignatures: true,
    connections: 4,
    signal: new AbortController().signal,
    onProgress,
  });
}

test("four times as many narinfos are asked for at once as NARs will be", async () => {
  const expected = 16;
  const full = Promise.withResolvers<void>();
  let active = 0;
  let most = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const isReference =
        pathname.endsWith(".narinfo") && !fixture.toplevel.includes(pathname.slice(1, 33));
      if (isReference) {
        active++;
        most = Math.max(most, active);
        if (active === expected) full.resolve();
        // Nobody gets an answer before so many have asked.
        await full.promise;
        active--;
      }
      return new Response(Bun.file(join(fixture.caches.zstd, pathname)));
    },
  });
  try {
    await walk(`http://127.0.0.1:${server.port}`);
  } finally {
    await server.stop(true);
  }
  expect(most).toBe(expected);
});

test("every path is asked for once, over connections that are used again", async () => {
  await using scratch = await scratchDirectory("log");
  const log = join(scratch.path, "connections");
  await using server = await serveDirectory(fixture.caches.zstd, {
    http: "log_format connection '$connection $request_uri';",
    server: `access_log "${log}" connection;`,
  });
  const { paths } = await walk(server.url());
  await server.accessLog();
  const lines = (await Bun.file(log).text()).trimEnd().split("\n");
  const [connections, uris] = [0, 1].map((field) => lines.map((line) => line.split(" ")[field]));
  expect(uris?.toSorted()).toEqual(
    [
      "/nix-cache-info",
      ...paths.map(({ storePath }) => `/${storePath.slice(11, 43)}.narinfo`),
    ].toSorted(),
  );
  expect(new Set(connections).size).toBeLessThanOrEqual(16);
});

test("the progress ends with every path found of every path known", async () => {
  await using server = await serveDirectory(fixture.caches.zstd);
  const progress: Progress[] = [];
  const { paths } = await walk(server.url(), (each) => progress.push(each));
  expect(progress).toHaveLength(paths.length);
  expect(progress.at(-1)).toMatchObject({ done: paths.length, total: paths.length, unit: "items" });
});
