import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Server } from "bun";
import { HttpClient } from "../../../src/http/http-client.ts";
import { HttpError } from "../../../src/http/http-error.ts";
import { ResumableFile, type ResumeOptions } from "../../../src/http/resume.ts";
import { defaultHttpSettings } from "../../../src/http/retry.ts";
import { type Cut, cuttingProxy } from "../../support/cutting-proxy.ts";
import { rejection } from "../../support/rejection.ts";

setDefaultTimeout(20_000);

const contents = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 7919) % 251));
const quick = {
  ...defaultHttpSettings,
  stallTimeout: 0.2,
  retryDelay: 0.01,
  maximumRetryDelay: 0.02,
};
const { signal } = new AbortController();

/** How the server answers a request for a rest. */
type Answer = (from: number, request: Request) => Response;

let server: Server<undefined>;
let answer: Answer;
let version: Record<string, string>;
/** The `Range` and `If-Range` of each request. */
let ranges: (readonly [string | null, string | null])[];

beforeAll(() => {
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const range = request.headers.get("range");
      ranges.push([range, request.headers.get("if-range")]);
      const from = /^bytes=(\d+)-$/.exec(range ?? "")?.[1];
      if (from === undefined) return new Response(contents, { headers: version });
      return answer(Number(from), request);
    },
  });
});

afterAll(() => server.stop(true));

const rest: Answer = (from) =>
  new Response(contents.subarray(from), {
    status: 206,
    headers: {
      ...version,
      "content-range": `bytes ${from}-${contents.length - 1}/${contents.length}`,
    },
  });

interface Outcome {
  readonly body: Buffer;
  readonly resumed: readonly number[];
  readonly retries: number;
}

/** Gets the file once, through a proxy that cuts. */
async function get(
  cut: Cut,
  with_: { readonly answer?: Answer; readonly version?: Record<string, string> },
  options: Partial<ResumeOptions> = {},
): Promise<Outcome> {
  answer = with_.answer ?? rest;
  version = with_.version ?? { etag: '"one"' };
  ranges = [];
  await using proxy = cuttingProxy(server.port ?? 0, cut, "stall");
  const resumed: number[] = [];
  let retries = 0;
  const file = new ResumableFile(new HttpClient(quick), `${proxy.url}/file`, {
    signal,
    compression: "zstd",
    isHashed: true,
    onResume: (offset) => resumed.push(offset),
    onRetry: () => retries++,
    ...options,
  });
  const read = async () => {
    const { body } = await file.open();
    return Buffer.concat(await Array.fromAsync(body));
  };
  const body = await read().catch(async (error: unknown) => {
    if (!(error instanceof HttpError) || !error.transient) throw error;
    return await read();
  });
  return { body, resumed, retries };
}

const cutTwice: Cut = (connection) => [300_000, 400_000][connection - 1];

test("a body that breaks off goes on with the next byte, of the same version of the file", async () => {
  const { body, resumed, retries } = await get(cutTwice, {});
  expect(body.equals(contents)).toBe(true);
  expect(resumed.length).toBe(2);
  expect(retries).toBe(2);
  expect(ranges).toEqual([
    [null, null],
    ...resumed.map((from) => [`bytes=${from}-`, '"one"'] as const),
  ]);
});

test.each([
  [{ "last-modified": "Thu, 01 Jan 1970 00:00:01 GMT" }, "Thu, 01 Jan 1970 00:00:01 GMT"],
  [{ etag: 'W/"weak"', "last-modified": "Thu, 01 Jan 1970 00:00:01 GMT" }, null],
  [{}, null],
])("of a server that says %p the version asked for is %p", async (headers, validator) => {
  const { body } = await get(cutTwice, { version: headers });
  expect(body.equals(contents)).toBe(true);
  expect(ranges.map(([, condition]) => condition)).toEqual([null, validator, validator]);
});

test("without a hash, what has no version is begun anew", async () => {
  const { body, resumed } = await get(
    (connection) => (connection === 1 ? 300_000 : undefined),
    { version: {} },
    { isHashed: false },
  );
  expect(body.equals(contents)).toBe(true);
  expect(resumed).toEqual([]);
  expect(ranges.length).toBe(2);
});

const once: Cut = (connection) => (connection === 1 ? 300_000 : undefined);

test("a server that sends all of it where the rest is asked for is not asked once more", async () => {
  const whole: Answer = () => new Response(contents, { headers: version });
  const { body } = await get(once, { answer: whole });
  expect(body.equals(contents)).toBe(true);
  expect(ranges.length).toBe(2);
});

test("a file that has changed is begun anew with what is there now", async () => {
  const other = Buffer.alloc(500_000, "other");
  const changed: Answer = () => new Response(other, { headers: { etag: '"two"' } });
  const { body } = await get(once, { answer: changed });
  expect(body.equals(other)).toBe(true);
});

test.each<[string, Answer]>([
  ["416", () => new Response("", { status: 416 })],
  ["of another place", (from) => partial(from - 1, contents.length)],
  ["of a file of another size", (from) => partial(from, contents.length + 1)],
  ["without a place", (from) => new Response(contents.subarray(from), { status: 206 })],
])("an answer %s is begun anew, once and for all", async (_, wrong) => {
  const { body } = await get((connection) => (connection === 1 ? 300_000 : undefined), {
    answer: wrong,
  });
  expect(body.equals(contents)).toBe(true);
  expect(ranges.filter(([range]) => range !== null).length).toBe(1);
});

function partial(from: number, total: number): Response {
  const headers = { "content-range": `bytes ${from}-${total - 1}/${total}` };
  return new Response(contents.subarray(from), { status: 206, headers });
}

test("a rest that comes in several parts is put together", async () => {
  const half: Answer = (from) => {
    const to = Math.min(contents.length, from + 100_000);
    const headers = { ...version, "content-range": `bytes ${from}-${to - 1}/${contents.length}` };
    return new Response(contents.subarray(from, to), { status: 206, headers });
  };
  const { body } = await get(once, { answer: half });
  expect(body.equals(contents)).toBe(true);
});

test("breaks that let nothing through are given up, and not begun anew", async () => {
  // Of the rest the headers and next to nothing.
  const error = await rejection(get((connection) => (connection === 1 ? 300_000 : 400), {}));
  expect(error).toMatchObject({ transient: false });
  expect(ranges.length).toBe(quick.attempts);
});

test("a connection that is closed in the middle is a break like any other", async () => {
  await using proxy = cuttingProxy(server.port ?? 0, once);
  const file = new ResumableFile(new HttpClient(quick), `${proxy.url}/file`, {
    signal,
    isHashed: true,
  });
  answer = rest;
  const { body } = await file.open();
  expect(Buffer.concat(await Array.fromAsync(body)).equals(contents)).toBe(true);
  expect(proxy.cuts).toBe(1);
});

test("breaks that let something through are not counted", async () => {
  const { body, resumed } = await get((connection) => (connection < 9 ? 120_000 : undefined), {});
  expect(body.equals(contents)).toBe(true);
  expect(resumed.length).toBeGreaterThan(quick.attempts);
});

test("the server may be away for a while in between", async () => {
  let away = 3;
  const { body } = await get(once, {
    answer: (from, request) =>
      away-- > 0 ? new Response("", { status: 503 }) : rest(from, request),
  });
  expect(body.equals(contents)).toBe(true);
});
