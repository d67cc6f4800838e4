import { expect, test } from "bun:test";
import type { CacheClient } from "../../../src/cache/cache-client.ts";
import type { ClosurePath } from "../../../src/cache/closure.ts";
import { clientWithFile, KeptFiles } from "../../../src/cache/kept-files.ts";
import { defaultHttpSettings } from "../../../src/http/retry.ts";
import { GiB, MiB } from "../../../src/values/size.ts";

const path = (name: string, fileSize: number | undefined): ClosurePath => ({
  storePath: `/nix/store/0123456789abcdfghijklmnpqrsvwxyz-${name}`,
  narUrl: `http://cache/nar/${name}`,
  substituter: "http://cache/",
  compression: "none",
  ...(fileSize === undefined ? {} : { fileSize }),
  narHash: "",
  narSize: 0,
  references: [],
  signatures: [],
});

test("files are kept for as long as there is room, and given once", () => {
  const files = new KeptFiles(2 * GiB);
  const large = path("large", 100 * MiB);
  expect(files.hasRoomFor(large)).toBe(true);
  files.keep(large, [new Uint8Array(100 * MiB)]);
  expect(files.hasRoomFor(large)).toBe(false);
  expect(files.hasRoomFor(path("next", 29 * MiB))).toBe(false);
  expect(files.hasRoomFor(path("small", 28 * MiB))).toBe(true);
  expect(files.take(large)?.[0]?.length).toBe(100 * MiB);
  expect(files.take(large)).toBeUndefined();
});

test("what is of unknown size is not kept, and nothing is with little memory", () => {
  expect(new KeptFiles(2 * GiB).hasRoomFor(path("unknown", undefined))).toBe(false);
  expect(new KeptFiles(GiB - 1).hasRoomFor(path("tiny", 100))).toBe(false);
});

test("the file comes from memory once, and everything else and every further time from the cache", async () => {
  const asked: string[] = [];
  const refuse = (url: string) => {
    asked.push(url);
    return Promise.reject(new Error("from the cache"));
  };
  const cache: CacheClient = { settings: defaultHttpSettings, open: refuse, getText: refuse };
  const { signal } = new AbortController();
  const file = [new Uint8Array([1, 2]), new Uint8Array([3])];
  const client = clientWithFile(cache, path("file", 3), file);
  const { body, contentLength } = await client.open("http://cache/nar/file", { signal });
  expect(contentLength).toBe(3);
  expect(Buffer.concat(await Array.fromAsync(body))).toEqual(Buffer.from([1, 2, 3]));
  await client.open("http://cache/nar/other", { signal }).catch(() => {});
  await client.open("http://cache/nar/file", { signal }).catch(() => {});
  expect(asked).toEqual(["http://cache/nar/other", "http://cache/nar/file"]);
});
