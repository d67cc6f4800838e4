import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { httpProxy } from "../../support/http-proxy.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { outcomeOf } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture } from "../cache/closure-fixture.ts";

/* How the compiled installer gets to caches that not everybody gets to: certificates, passwords, tokens, proxies. */

const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

setDefaultTimeout(60_000);

const password = "pass w0rd";
const token = "t0ken.of-this-cache";

let fixture: ClosureFixture;
let certificates: Certificates;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let cache: WebServer;
/** The same cache with TLS. */
let secure: string;

beforeAll(async () => {
  fixture = await closureFixture();
  scratch = await scratchDirectory("access");
  certificates = await makeCertificates(scratch.path);
  await Bun.write(join(scratch.path, "htpasswd"), `ci:{PLAIN}${password}\n`);
  const port = unusedPort();
  secure = `https://localhost:${port}`;
  const { server, authority } = certificates;
  cache = await serveDirectory(fixture.caches.zstd, {
    http: `server {
      listen 127.0.0.1:${port} ssl;
      ssl_certificate ${server.certificate};
      ssl_certificate_key ${server.key};
      ssl_client_certificate ${authority};
      ssl_verify_client optional;
      location / { alias ${fixture.caches.zstd}/; }
      location /known/ { if ($ssl_client_verify != SUCCESS) { return 403; } alias ${fixture.caches.zstd}/; }
      location /password/ { auth_basic x; auth_basic_user_file ${scratch.path}/htpasswd; alias ${fixture.caches.zstd}/; }
      location /token/ { if ($http_authorization != "Bearer ${token}") { return 401; } alias ${fixture.caches.zstd}/; }
    }`,
  });
}, 120_000);

afterAll(async () => {
  await cache[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

function unusedPort(): number {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => undefined },
  });
  listener.stop(true);
  return listener.port;
}

/** Pulls from a cache; gives what was shown and logged, and how many paths there are in the end. */
async function pull(
  substituter: string,
  keys: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
) {
  await using directory = await scratchDirectory("pull");
  const inside = (name: string) => join(directory.path, name);
  await Bun.write(inside("root/.keep"), "");
  await Bun.write(
    inside("host.toml"),
    `version = 1
[system]
toplevel = "${fixture.toplevel}"
[cache]
substituters = ["${substituter}"]
trusted-public-keys = ["${fixture.publicKey}"]
download-attempts = 1
${keys.join("\n")}
`,
  );
  const argv = ["pull", "--manifest", inside("host.toml"), "--root", inside("root")];
  const { NIX_SSL_CERT_FILE: _, ...own } = process.env;
  const child = Bun.spawn(
    ["setpriv", "--pdeathsig", "KILL", installer, ...argv, "--log-file", inside("log")],
    { env: { ...own, ...environment }, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const { exitCode, stdout, stderr } = await outcomeOf(child);
  const log = await Bun.file(inside("log")).text();
  const told = stdout + stderr + log;
  expect(told).not.toContain(password);
  expect(told).not.toContain(token);
  expect(told).not.toContain(btoa(`ci:${password}`));
  const store = exitCode === 0 ? readdirSync(inside("root/nix/store")) : [];
  return { exitCode, stderr, paths: store.filter((name) => name !== ".links").length };
}

const file = async (name: string, text: string) => {
  const path = join(scratch.path, name);
  await Bun.write(path, text);
  return path;
};

test("a certificate signed by an authority of one's own is trusted when that is named", async () => {
  const untrusted = await pull(secure);
  expect(untrusted.exitCode).toBe(6);
  expect(untrusted.stderr).toContain("the server's certificate is not trusted");
  expect(untrusted.stderr).toContain("ssl-cert-file");
  const { authority } = certificates;
  expect((await pull(secure, [`ssl-cert-file = "${authority}"`])).paths).toBeGreaterThan(40);
  const inherited = { NIX_SSL_CERT_FILE: authority };
  expect((await pull(secure, [], inherited)).paths).toBeGreaterThan(40);
});

test("the environment cannot turn the check of certificates off", async () => {
  const { exitCode, stderr } = await pull(secure, [], { NODE_TLS_REJECT_UNAUTHORIZED: "0" });
  expect(exitCode).toBe(6);
  expect(stderr).toContain("the server's certificate is not trusted");
});

test("a cache that wants to know this machine gets its certificate", async () => {
  const { authority, client } = certificates;
  const trust = `ssl-cert-file = "${authority}"`;
  const stranger = await pull(`${secure}/known`, [trust]);
  expect(stranger.exitCode).toBe(6);
  const keys = [`tls-certificate = "${client.certificate}"`, `tls-private-key = "${client.key}"`];
  expect((await pull(`${secure}/known`, [trust, ...keys])).paths).toBeGreaterThan(40);
  const settings = `?tls-certificate=${client.certificate}&tls-private-key=${client.key}`;
  expect((await pull(`${secure}/known${settings}`, [trust])).paths).toBeGreaterThan(40);
});

test.each([
  ["is no certificate", "ca.key", "server.key", "there is no certificate in it"],
  ["is of another key", "client.crt", "server.key", "is that of another certificate"],
  ["has no key", "client.crt", "client.crt", "there is no private key in it"],
])(
  "a client certificate that %s is refused before anything is asked",
  async (_, one, other, why) => {
    const { exitCode, stderr } = await pull(`${secure}/known`, [
      `tls-certificate = "${join(scratch.path, one)}"`,
      `tls-private-key = "${join(scratch.path, other)}"`,
    ]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain(why);
  },
);

test("a cache that wants a name and a password gets those of the netrc file", async () => {
  const trust = `ssl-cert-file = "${certificates.authority}"`;
  const nobody = await pull(`${secure}/password`, [trust]);
  expect(nobody.exitCode).toBe(6);
  expect(nobody.stderr).toContain("netrc-file");
  const netrc = await file("netrc", `machine localhost login ci password "${password}"\n`);
  const keys = [trust, `netrc-file = "${netrc}"`];
  expect((await pull(`${secure}/password`, keys)).paths).toBeGreaterThan(40);
  const wrong = await file("netrc-wrong", "machine localhost login ci password other\n");
  const refused = await pull(`${secure}/password`, [trust, `netrc-file = "${wrong}"`]);
  expect(refused.exitCode).toBe(6);
  expect(refused.stderr).toContain("401");
});

test("a cache that wants a token gets it from a file or a variable", async () => {
  const trust = `ssl-cert-file = "${certificates.authority}"`;
  const path = await file("token", `${token}\n`);
  const tokens = (source: string) => [trust, "[cache.access-tokens]", `localhost = ${source}`];
  const fromFile = await pull(`${secure}/token`, tokens(`{ file = "${path}" }`));
  expect(fromFile.paths).toBeGreaterThan(40);
  const environment = { CACHE_TOKEN: token };
  const fromVariable = await pull(
    `${secure}/token`,
    tokens('{ env = "CACHE_TOKEN" }'),
    environment,
  );
  expect(fromVariable.paths).toBeGreaterThan(40);
  const unset = await pull(`${secure}/token`, tokens('{ env = "CACHE_TOKEN" }'));
  expect(unset.exitCode).toBe(4);
  expect(unset.stderr).toContain("CACHE_TOKEN is not set");
});

test("caches are asked through the proxies that the environment names", async () => {
  await using proxy = httpProxy(`ci:${password}`);
  const address = `http://ci:${encodeURIComponent(password)}@${proxy.host}`;
  const { port } = cache;
  const plain = await pull(`http://cache.test:${port}`, [], { http_proxy: address });
  expect(plain.paths).toBeGreaterThan(40);
  expect(proxy.requests[0]).toStartWith(`GET http://cache.test:${port}/nix-cache-info `);
  const before = proxy.requests.length;
  const trust = `ssl-cert-file = "${certificates.authority}"`;
  expect((await pull(secure, [trust], { ALL_PROXY: address })).paths).toBeGreaterThan(40);
  expect(proxy.requests[before]).toStartWith("CONNECT localhost:");
  const direct = { http_proxy: address, no_proxy: "127.0.0.0/8" };
  const { length } = proxy.requests;
  expect((await pull(cache.url(), [], direct)).paths).toBeGreaterThan(40);
  expect(proxy.requests).toHaveLength(length);
});

test("a proxy that wants a password, is not there, or is of another kind, is named", async () => {
  await using proxy = httpProxy(`ci:${password}`);
  const trust = `ssl-cert-file = "${certificates.authority}"`;
  const demanding = await pull(secure, [trust], { https_proxy: `http://${proxy.host}` });
  expect(demanding.exitCode).toBe(6);
  expect(demanding.stderr).toContain(`the proxy ${proxy.host} does not connect to it: 407`);
  const missing = await pull(secure, [trust], { https_proxy: "http://127.0.0.1:1" });
  expect(missing.exitCode).toBe(6);
  expect(missing.stderr).toContain("refused, through the proxy 127.0.0.1:1");
  const socks = await pull(secure, [trust], { https_proxy: `socks5://${proxy.host}` });
  expect(socks.exitCode).toBe(6);
  expect(socks.stderr).toContain("the proxy is not one of HTTP");
});
