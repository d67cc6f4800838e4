import { join } from "node:path";
import type { Server } from "bun";
import type { ClosureFixture } from "./closure-fixture.ts";

/** The fields of a narinfo in their order; `Sig` only once. */
type Fields = ReadonlyMap<string, string>;

/** A store path as a server of the fixture's store knows it. */
export interface ServedPath {
  /** The 32 characters of its hash. */
  readonly hash: string;
  /** 52 characters. */
  readonly narHash: string;
  /** As `nix copy` wrote them for the uncompressed cache. */
  readonly fields: Fields;
  readonly nar: Uint8Array<ArrayBuffer>;
}

/** How a server answers; `undefined` is what it says of anything it does not have. */
export interface Imitation {
  /** Below which path the cache is, without a slash at its end. */
  readonly prefix?: string;
  readonly cacheInfo: () => Response;
  readonly narInfo: (path: ServedPath) => Response;
  /** @param file The rest of the address after `nar/`, with its query. */
  readonly nar: (
    paths: ReadonlyMap<string, ServedPath>,
    file: string,
    request: Request,
  ) => Response;
  readonly absent: () => Response;
}

/** A server that behaves like that of a real cache. */
export interface ImitatedCache extends AsyncDisposable {
  /** As `substituters` has it. */
  readonly url: string;
  /** `path?query` of every request, with the `Accept-Encoding` of those for NARs. */
  readonly requests: readonly string[];
}

/** Serves the fixture's closure the way another server does. */
export async function imitate(
  fixture: ClosureFixture,
  { prefix = "", cacheInfo, narInfo, nar, absent }: Imitation,
): Promise<ImitatedCache> {
  const paths = await servedPaths(fixture);
  const requests: string[] = [];
  const server: Server<undefined> = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      const isNar = pathname.startsWith(`${prefix}/nar/`);
      requests.push(
        `${pathname}${search}${isNar ? ` ${request.headers.get("accept-encoding")}` : ""}`,
      );
      if (pathname === `${prefix}/nix-cache-info`) return cacheInfo();
      if (isNar) return nar(paths, pathname.slice(`${prefix}/nar/`.length) + search, request);
      const hash = /^\/([0-9a-z]{32})\.narinfo$/.exec(pathname.slice(prefix.length))?.[1] ?? "";
      const path = paths.get(hash);
      return path === undefined ? absent() : narInfo(path);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}${prefix}`,
    requests,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

async function servedPaths({ caches }: ClosureFixture): Promise<Map<string, ServedPath>> {
  const paths = new Map<string, ServedPath>();
  for await (const name of new Bun.Glob("*.narinfo").scan({ cwd: caches.none })) {
    const text = await Bun.file(join(caches.none, name)).text();
    const fields = new Map(
      text
        .trimEnd()
        .split("\n")
        .map((line): [string, string] => [line.replace(/:.*/, ""), line.replace(/^\w+: ?/, "")]),
    );
    const hash = name.slice(0, 32);
    const narHash = (fields.get("NarHash") ?? "").replace("sha256:", "");
    const nar = await Bun.file(join(caches.none, fields.get("URL") ?? "")).bytes();
    paths.set(hash, { hash, narHash, fields, nar });
  }
  return paths;
}

/** A narinfo with these lines; those that are `undefined` are left out. */
export function narInfoText(lines: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(lines)
    .map(([name, value]) => (value === undefined ? "" : `${name}: ${value}\n`))
    .join("");
}

/** A body that is sent in chunks, without its length. */
export function chunked(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      for (let at = 0; at < bytes.length; at += 65_536) {
        controller.enqueue(bytes.subarray(at, at + 65_536));
      }
      controller.close();
    },
  });
}
