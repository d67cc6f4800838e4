import { afterAll, beforeAll, expect, test } from "bun:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Server } from "bun";
import { HttpClient, type RequestOptions } from "../../../src/http/http-client.ts";
import { defaultHttpSettings } from "../../../src/http/retry.ts";
import { rejection } from "../../support/rejection.ts";

const contents = Buffer.from("contents\n".repeat(20_000));
const encoders: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  identity: (bytes) => bytes,
  xz: (bytes) => bytes,
};

let server: Server<undefined>;
const client = new HttpClient({ ...defaultHttpSettings, attempts: 1 });

beforeAll(() => {
  // What the file is compressed with, by the first part of the path, and then for transport or only in name.
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const [, file = "", transport = "", label = transport] = new URL(request.url).pathname.split(
        "/",
      );
      const body = encoders[transport]?.(encoders[file]?.(contents) ?? contents) ?? contents;
      const asked = request.headers.get("accept-encoding") ?? "";
      const headers = new Headers({ "x-asked": asked });
      if (label !== "identity") headers.set("content-encoding", label);
      return new Response(Buffer.from(body), { headers });
    },
  });
});

afterAll(() => server.stop(true));

const { signal } = new AbortController();

async function get(path: string, options: Partial<RequestOptions> = {}): Promise<Buffer> {
  const url = `http://127.0.0.1:${server.port}${path}`;
  const { body } = await client.open(url, { signal, ...options });
  return Buffer.concat(await Array.fromAsync(body));
}

test.each(["gzip", "x-gzip", "br", "zstd"])(
  "what a server encodes with %s for transport, although it was not asked to, is decoded",
  async (encoding) => {
    expect(await get(`/identity/${encoding}`)).toEqual(contents);
    expect(await get(`/identity/${encoding}`, { compression: "none" })).toEqual(contents);
  },
);

test.each(["gzip", "x-gzip", "br", "zstd"])(
  "a compressed file that is encoded with %s for transport comes as the file",
  async (encoding) => {
    expect(await get(`/xz/${encoding}`, { compression: "xz" })).toEqual(contents);
  },
);

test.each(["gzip", "br", "zstd"])(
  "a file compressed with %s that the server calls encoded comes as the file",
  async (compression) => {
    const file = Buffer.from(encoders[compression]?.(contents) ?? "");
    expect(await get(`/${compression}/identity/${compression}`, { compression })).toEqual(file);
  },
);

async function lengthOf(path: string, compression: string): Promise<number | undefined> {
  const url = `http://127.0.0.1:${server.port}${path}`;
  const { contentLength, close } = await client.open(url, { signal, compression });
  close();
  return contentLength;
}

test("the length of a body is told only if it is that of the file", async () => {
  expect(await lengthOf("/identity/identity", "none")).toBe(contents.length);
  expect(await lengthOf("/identity/zstd", "none")).toBeUndefined();
  expect(await lengthOf("/xz/gzip", "xz")).toBeUndefined();
  const file = zstdCompressSync(contents);
  expect(await lengthOf("/zstd/identity/zstd", "zstd")).toBe(file.length);
});

test.each(["xz", "deflate", "gzip, zstd"])(
  "an encoding %s is refused by its name",
  async (label) => {
    const url = `/identity/identity/${encodeURIComponent(label)}`;
    expect((await rejection(get(url))).message).toContain("is encoded with");
  },
);

test("a broken encoding is an error worth another attempt", async () => {
  const error = await rejection(get("/identity/identity/gzip", { compression: "xz" }));
  expect(error).toMatchObject({ transient: true });
  expect(error.message).toContain("cannot be decoded (gzip)");
});
