import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeCacheClient } from "../../../src/cache/cache-client.ts";
import { HttpError } from "../../../src/http/http-error.ts";
import { defaultHttpSettings } from "../../../src/http/retry.ts";
import { exec } from "../../../src/run/command.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const client = makeCacheClient(defaultHttpSettings);
const { signal } = new AbortController();
const address = (...names: string[]) => pathToFileURL(join(...names)).href;

test("a file is read like a body that came over HTTP", async () => {
  await using scratch = await scratchDirectory("files");
  const contents = Buffer.alloc(1_000_001, "0123456789abcdefghi");
  writeFileSync(join(scratch.path, "odd ? # % name"), contents);
  const answer = await client.open(address(scratch.path, "odd ? # % name"), { signal });
  expect(answer).toMatchObject({ contentLength: 1_000_001, delimited: true });
  expect(Buffer.concat(await Array.fromAsync(answer.body)).equals(contents)).toBe(true);
});

test("a text is read whole, and only up to its limit", async () => {
  await using scratch = await scratchDirectory("files");
  const url = address(scratch.path, "text");
  writeFileSync(join(scratch.path, "text"), "zwölf\n");
  expect(await client.getText(url, 7, { signal })).toBe("zwölf\n");
  const error = await rejection(client.getText(url, 6, { signal }));
  expect(error.message).toBe(`${url}: it has more than 6 bytes`);
});

test("links are followed", async () => {
  await using scratch = await scratchDirectory("files");
  mkdirSync(join(scratch.path, "elsewhere"));
  writeFileSync(join(scratch.path, "elsewhere", "file"), "contents");
  symlinkSync("elsewhere", join(scratch.path, "link"));
  expect(await client.getText(address(scratch.path, "link", "file"), 100, { signal })).toBe(
    "contents",
  );
});

test("a file that is not there is like one that a server does not have", async () => {
  await using scratch = await scratchDirectory("files");
  writeFileSync(join(scratch.path, "file"), "");
  for (const names of [["nothing"], ["file", "below"]]) {
    const url = address(scratch.path, ...names);
    const error = await rejection(client.open(url, { signal }));
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({
      status: 404,
      transient: false,
      message: `${url}: there is no such file`,
    });
  }
});

test("what is no file is refused, without waiting for a writer", async () => {
  await using scratch = await scratchDirectory("files");
  await exec(["mkfifo", join(scratch.path, "pipe")]);
  for (const name of ["", "pipe"]) {
    const error = await rejection(client.open(address(scratch.path, name), { signal }));
    expect(error.message).toEndWith(": it is not a file");
  }
});

test("reading ends when it is aborted", async () => {
  await using scratch = await scratchDirectory("files");
  writeFileSync(join(scratch.path, "file"), Buffer.alloc(1_000_000));
  const stop = new AbortController();
  const reason = new Error("stopped");
  const url = address(scratch.path, "file");
  const { body } = await client.open(url, { signal: stop.signal });
  await body.next();
  stop.abort(reason);
  expect(await rejection(body.next())).toBe(reason);
  expect(await rejection(client.open(url, { signal: stop.signal }))).toBe(reason);
});
