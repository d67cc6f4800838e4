import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { pullClosure } from "../../../src/cache/pull.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { closureFixture } from "./closure-fixture.ts";
import { walk } from "./pulling.ts";

setDefaultTimeout(60_000);

/** Milliseconds that the server is away: requests that may be under way at the same time, are. */
const latency = 20;

/** A cache that is some way off, and counts how many NARs are asked for at the same time. */
function distantCache(directory: string) {
  let underWay = 0;
  let most = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const file = Bun.file(join(directory, pathname));
      if (!(await file.exists())) return new Response("", { status: 404 });
      if (!pathname.startsWith("/nar/")) return new Response(file);
      underWay += 1;
      most = Math.max(most, underWay);
      await Bun.sleep(latency);
      underWay -= 1;
      return new Response(file);
    },
  });
  return {
    url: server.url.origin,
    most: () => most,
    [Symbol.asyncDispose]: async () => {
      await server.stop(true);
    },
  };
}

test.each([1, 2, 8])(
  "with connections = %d, no more NARs than that are asked for at a time, but as many as can be",
  async (connections) => {
    const fixture = await closureFixture();
    await using cache = distantCache(fixture.caches.zstd);
    await using target = await scratchDirectory("target");
    const closure = await walk(fixture, [cache.url]);
    const signal = new AbortController().signal;
    await pullClosure({ closure, root: target.path, connections, autoOptimise: false, signal });
    expect(cache.most()).toBeLessThanOrEqual(connections);
    // They are shared out among the workers evenly, which may leave some over.
    expect(cache.most()).toBeGreaterThan(connections / 2);
  },
);
