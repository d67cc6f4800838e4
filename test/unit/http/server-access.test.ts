import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import { HttpClient } from "../../../src/http/http-client.ts";
import { defaultHttpSettings } from "../../../src/http/retry.ts";
import { authorizationFor, type ServerAccess } from "../../../src/http/server-access.ts";
import { rejection } from "../../support/rejection.ts";

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

const access: ServerAccess = {
  origins: ["https://cache.example.org", "http://plain.example.org"],
  netrc: [
    { machine: "cache.example.org", login: "ci", password: "s3cret" },
    { machine: "other.example.org", login: "me", password: "s3cret" },
    { machine: undefined, login: "any", password: "s3cret" },
  ],
  tokens: { "attic.example.org": "t0ken", "cache.example.org:8443": "p0rt" },
  clientCertificates: [],
};

test.each([
  ["https://cache.example.org/x", basic("ci:s3cret")],
  ["https://CACHE.example.org/x", basic("ci:s3cret")],
  ["https://cache.example.org:8443/x", "Bearer p0rt"],
  ["https://attic.example.org/x", "Bearer t0ken"],
  ["https://other.example.org/x", basic("me:s3cret")],
  // What is for every host is for those that the user named.
  ["http://plain.example.org/x", basic("any:s3cret")],
  ["https://elsewhere.example.org/x", undefined],
  // A redirect or narinfo that leads away from encryption does not take secrets along.
  ["http://cache.example.org/x", undefined],
  ["http://attic.example.org/x", undefined],
  ["https://constructor/x", undefined],
  ["https://a%20b:c%2Fd%@elsewhere.example.org/x", basic("a b:c%2Fd%")],
])("who asks %s says so by %s", (url, authorization) => {
  expect(authorizationFor(new URL(url), access)).toBe(authorization);
});

let first: Server<undefined>;
let second: Server<undefined>;
const seen: (string | null)[] = [];

function serve(respond: (path: string) => Response): Server<undefined> {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      seen.push(request.headers.get("authorization"));
      return respond(new URL(request.url).pathname);
    },
  });
}

beforeAll(() => {
  second = serve(() => new Response("text"));
  first = serve((path) => {
    if (path === "/away") return Response.redirect(`http://127.0.0.1:${second.port}/text`);
    if (path === "/here") return new Response("", { status: 302, headers: { location: "/text" } });
    return path === "/text" ? new Response("text") : new Response("no", { status: 401 });
  });
});

afterAll(async () => {
  await Promise.all([first.stop(true), second.stop(true)]);
});

const { signal } = new AbortController();

function clientWith(changed: Partial<ServerAccess>): HttpClient {
  return new HttpClient({ ...defaultHttpSettings, attempts: 1, access: { ...access, ...changed } });
}

test("credentials follow a redirect on the same server, and are dropped on the way to another", async () => {
  const client = clientWith({ origins: [`http://127.0.0.1:${first.port}`] });
  const address = `http://127.0.0.1:${first.port}`;
  await client.getText(`${address}/here`, 100, { signal });
  expect(seen.splice(0)).toEqual([basic("any:s3cret"), basic("any:s3cret")]);
  await client.getText(`${address}/away`, 100, { signal });
  expect(seen.splice(0)).toEqual([basic("any:s3cret"), null]);
});

test("so are those of the address itself", async () => {
  const address = `http://me:s3cret@127.0.0.1:${first.port}`;
  await clientWith({}).getText(`${address}/here`, 100, { signal });
  expect(seen.splice(0)).toEqual([basic("me:s3cret"), basic("me:s3cret")]);
  await clientWith({}).getText(`${address}/away`, 100, { signal });
  expect(seen.splice(0)).toEqual([basic("me:s3cret"), null]);
});

test.each(["/401?token=s3cret", "/\0"])(
  "no secret is in what is told of a failure at %j",
  async (path) => {
    for (const port of [first.port, 1]) {
      const url = `http://me:s3cret@127.0.0.1:${port}${path}?key=s3cret`;
      const error = await rejection(clientWith({}).getText(url, 100, { signal }));
      const told = [error.message, error.stack, String(error.cause), Bun.inspect(error)].join("\n");
      expect(told).not.toContain("s3cret");
      expect(told).not.toContain(basic("me:s3cret"));
    }
  },
);
