/*
 * Servers that answer as those of real caches do. Which one sends what was read in its sources, named at each; the texts
 * are the fixture's.
 */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { zstdCompressSync } from "node:zlib";
import { registerPaths } from "../../../src/store/target-store.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture, nix, pathInfos } from "./closure-fixture.ts";
import { pull } from "./pulling.ts";
import { chunked, type Imitation, imitate, narInfoText, type ServedPath } from "./real-caches.ts";

setDefaultTimeout(60_000);

let fixture: ClosureFixture;

beforeAll(async () => {
  fixture = await closureFixture();
}, 120_000);

const text = (body: string, contentType: string, status = 200) =>
  new Response(body, { status, headers: { "content-type": contentType } });

const cacheInfo = (priority: number, contentType: string) => () =>
  text(`StoreDir: /nix/store\nWantMassQuery: 1\nPriority: ${priority}\n`, contentType);

/** Servers without compression that name their NARs `<hash>-<NAR hash>.nar`. */
function likeNixServe(
  body: (path: ServedPath) => NonNullable<ConstructorParameters<typeof Response>[0]>,
): Imitation {
  return {
    cacheInfo: cacheInfo(30, "text/plain"),
    narInfo: ({ hash, narHash, fields }) =>
      text(
        narInfoText({
          StorePath: fields.get("StorePath"),
          URL: `nar/${hash}-${narHash}.nar`,
          Compression: "none",
          NarHash: `sha256:${narHash}`,
          NarSize: fields.get("NarSize"),
          References: fields.get("References") === "" ? undefined : fields.get("References"),
          Deriver: fields.get("Deriver"),
          Sig: fields.get("Sig"),
          CA: fields.get("CA"),
        }),
        "text/x-nix-narinfo",
      ),
    nar: (paths, file) => {
      const path = paths.get(file.slice(0, 32));
      return path !== undefined && file === `${path.hash}-${path.narHash}.nar`
        ? new Response(body(path), { headers: { "content-type": "text/plain" } })
        : text("Incorrect NAR hash. Maybe the path has been recreated.\n", "text/plain", 404);
    },
    absent: () => text("No such path.\n", "text/plain", 404),
  };
}

/** Compressed in pieces that were made one by one, each a whole file of its own. */
function inPieces(bytes: Uint8Array): Buffer<ArrayBuffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 262_144) {
    pieces.push(zstdCompressSync(bytes.subarray(at, at + 262_144)));
  }
  return Buffer.concat(pieces);
}

/** harmonia-cache/src/nar.rs: compressed for transport if that is asked for, and then without its length. */
function narOfHarmonia({ nar }: ServedPath, request: Request): Response {
  const headers = { "content-type": "application/x-nix-archive", "accept-ranges": "bytes" };
  return /\bzstd\b/.test(request.headers.get("accept-encoding") ?? "")
    ? new Response(chunked(zstdCompressSync(nar)), {
        headers: { ...headers, "content-encoding": "zstd" },
      })
    : new Response(nar, { headers });
}

const imitations: Record<string, Imitation> = {
  // edolstra/nix-serve: nix-serve.psgi. No FileHash and FileSize, no empty References, a plain text as NAR.
  "nix-serve": likeNixServe(({ nar }) => nar),

  // aristanetworks/nix-serve-ng: src/Main.hs. As nix-serve, but it does not tell how long a NAR is.
  "nix-serve-ng": likeNixServe(({ nar }) => chunked(nar)),

  // nix-community/harmonia: harmonia-cache/src/{narinfo,nar,cacheinfo}.rs, format_narinfo_txt. The store path's hash is
  // in the query, FileHash and FileSize are those of the NAR.
  harmonia: {
    cacheInfo: cacheInfo(30, "text/x-nix-cache-info"),
    narInfo: ({ hash, narHash, fields }) =>
      text(
        narInfoText({
          StorePath: fields.get("StorePath"),
          URL: `nar/${narHash}.nar?hash=${hash}`,
          Compression: "none",
          FileHash: `sha256:${narHash}`,
          FileSize: fields.get("NarSize"),
          NarHash: `sha256:${narHash}`,
          NarSize: fields.get("NarSize"),
          References: fields.get("References") === "" ? undefined : fields.get("References"),
          Deriver: fields.get("Deriver"),
          Sig: fields.get("Sig"),
          CA: fields.get("CA"),
        }),
        "text/x-nix-narinfo",
      ),
    nar: (paths, file, request) => {
      const [name, hash = ""] = file.split("?hash=");
      const path = paths.get(hash);
      return path !== undefined && name === `${path.narHash}.nar`
        ? narOfHarmonia(path, request)
        : text("missing outhash", "text/plain", 404);
    },
    absent: () => text("missed hash", "text/plain", 404),
  },

  // zhaofengli/attic: server/src/narinfo/mod.rs and api/binary_cache.rs. One server has many caches, each below a path of
  // its own; sizes and hashes of files are unknown, since a NAR is put together from pieces compressed one by one.
  attic: {
    prefix: "/team",
    cacheInfo: cacheInfo(41, "text/x-nix-cache-info"),
    narInfo: ({ hash, narHash, fields }) =>
      text(
        narInfoText({
          StorePath: fields.get("StorePath"),
          URL: `nar/${hash}.nar`,
          Compression: "zstd",
          NarHash: `sha256:${narHash}`,
          NarSize: fields.get("NarSize"),
          References: fields.get("References") ?? "",
          System: "x86_64-linux",
          Deriver: fields.get("Deriver"),
          Sig: fields.get("Sig"),
          CA: fields.get("CA"),
        }),
        "text/x-nix-narinfo",
      ),
    nar: (paths, file) => {
      const path = paths.get(file.replace(".nar", ""));
      return path === undefined
        ? Response.json({ code: 404, error: "NoSuchObject" }, { status: 404 })
        : new Response(chunked(inPieces(path.nar)), {
            headers: { "content-type": "application/x-nix-archive" },
          });
    },
    absent: () => Response.json({ code: 404, error: "NoSuchObject" }, { status: 404 }),
  },

  // kalbasit/ncps: pkg/server/server.go and the end of pkg/cache/cache.go. Takes the compression of other caches away, and
  // then drops FileHash and FileSize; encodes NARs for transport with what is asked for.
  ncps: {
    cacheInfo: cacheInfo(10, "text/plain; charset=utf-8"),
    narInfo: ({ narHash, fields }) =>
      text(
        narInfoText({
          StorePath: fields.get("StorePath"),
          URL: `nar/${narHash}.nar`,
          Compression: "none",
          NarHash: `sha256:${narHash}`,
          NarSize: fields.get("NarSize"),
          References: fields.get("References") ?? "",
          Deriver: fields.get("Deriver"),
          Sig: fields.get("Sig"),
          CA: fields.get("CA"),
        }),
        "text/x-nix-narinfo",
      ),
    nar: (paths, file, request) => {
      const path = [...paths.values()].find(({ narHash }) => file === `${narHash}.nar`);
      return path === undefined
        ? text("Not Found\n", "text/plain; charset=utf-8", 404)
        : narOfHarmonia(path, request);
    },
    absent: () => text("Not Found\n", "text/plain; charset=utf-8", 404),
  },

  // cachix/cachix: cachix-api/src/Cachix/API.hs, Types/ContentTypes.hs. NARs have names of their own and are redirected to
  // a presigned address elsewhere.
  cachix: withRedirects({}),

  // Compressed files that are called encoded, as some web servers and buckets do by their names: NixOS/nix#10275.
  "a bucket that calls its files encoded": withRedirects({ "content-encoding": "zstd" }),

  // flokli/nix-casync#25: FileHash and FileSize are those of the NAR although it is compressed; Nix looks at neither.
  "nix-casync": {
    cacheInfo: cacheInfo(40, "text/x-nix-cache-info"),
    narInfo: ({ narHash, fields }) =>
      text(
        narInfoText({
          StorePath: fields.get("StorePath"),
          URL: `nar/${narHash}.nar.zst`,
          Compression: "zstd",
          FileHash: `sha256:${narHash}`,
          FileSize: fields.get("NarSize"),
          NarHash: `sha256:${narHash}`,
          NarSize: fields.get("NarSize"),
          References: fields.get("References") ?? "",
          Deriver: fields.get("Deriver"),
          Sig: fields.get("Sig"),
          CA: fields.get("CA"),
        }),
        "text/x-nix-narinfo",
      ),
    nar: (paths, file) => {
      const path = [...paths.values()].find(({ narHash }) => file === `${narHash}.nar.zst`);
      return path === undefined
        ? new Response(null, { status: 404 })
        : new Response(chunked(zstdCompressSync(path.nar)));
    },
    absent: () => new Response(null, { status: 404 }),
  },
};

/** A server that redirects to a bucket for NARs. */
function withRedirects(bucketHeaders: Readonly<Record<string, string>>): Imitation {
  return {
    cacheInfo: cacheInfo(41, "application/octet-stream"),
    narInfo: ({ hash, narHash, fields }) =>
      text(
        narInfoText({
          StorePath: fields.get("StorePath"),
          URL: `nar/5f3a8c1e-${hash}.nar.zst`,
          Compression: "zstd",
          NarHash: `sha256:${narHash}`,
          NarSize: fields.get("NarSize"),
          References: fields.get("References") ?? "",
          Deriver: fields.get("Deriver") ?? "unknown-deriver",
          Sig: fields.get("Sig"),
          CA: fields.get("CA"),
        }),
        "text/x-nix-narinfo",
      ),
    nar: (paths, file, request) => {
      const [name = "", signature] = file.split("?X-Amz-Signature=");
      if (signature === undefined) {
        const location = `${new URL(request.url).pathname}?X-Amz-Signature=secret`;
        return new Response(null, { status: 302, headers: { location } });
      }
      const path = paths.get(name.slice(9).replace(".nar.zst", ""));
      return path === undefined
        ? text("<Error><Code>NoSuchKey</Code></Error>", "application/xml", 404)
        : new Response(zstdCompressSync(path.nar), {
            headers: { "content-type": "application/octet-stream", ...bucketHeaders },
          });
    },
    absent: () => new Response(null, { status: 404 }),
  };
}

/** What Nix knows of the closure in a store, but for whether it was built there. */
async function known(store: string): Promise<unknown[]> {
  const infos = await pathInfos(store, fixture.toplevel);
  return infos.map((info) => ({ ...info, ultimate: false }));
}

test.each(Object.entries(imitations))(
  "a closure is pulled from a server like %s",
  async (_name, imitation) => {
    await using server = await imitate(fixture, imitation);
    await using target = await scratchDirectory("target");
    const messages: string[] = [];
    const { closure } = await pull(fixture, [server.url], target.path, { messages });
    expect(messages).toEqual([]);
    registerPaths(target.path, closure.paths, 1);
    expect(await known(target.path)).toEqual(await known(fixture.store));
    await nix(["nix-store", "--store", target.path, "--verify", "--check-contents"]);
  },
);

test("a cache without compression is asked to encode for transport, any other is not", async () => {
  for (const [name, asked] of [
    ["harmonia", "zstd"],
    ["attic", "identity"],
  ] as const) {
    const imitation = imitations[name];
    if (imitation === undefined) throw new Error(`there is no ${name}`);
    await using server = await imitate(fixture, imitation);
    await using target = await scratchDirectory("target");
    await pull(fixture, [server.url], target.path);
    const encodings = server.requests
      .filter((each) => each.includes("/nar/"))
      .map((each) => each.split(" ")[1]);
    expect(new Set(encodings)).toEqual(new Set([asked]));
  }
});
