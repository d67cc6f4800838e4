import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { serveDirectory } from "../../../support/nginx.ts";
import { s3Server } from "../../../support/s3-server.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { type SshServer, sshServer } from "../../../support/ssh-server.ts";
import { type ClosureFixture, closureFixture, nix } from "../closure-fixture.ts";
import { sshStore, storeTarget } from "./store-target.ts";
import { suiteTarball } from "./suite-nix.ts";

/* Portable stores with the Nix of newer Debian releases than the tests' system: 2.26, and the newest there is. */

setDefaultTimeout(60_000);

const suites = ["trixie", "sid"] as const;

let fixture: ClosureFixture;
let server: SshServer;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
const tarballs = new Map<string, string>();

// The releases' Nix is fetched first where it is not yet.
beforeAll(async () => {
  fixture = await closureFixture();
  server = await sshServer();
  scratch = await scratchDirectory("versions");
  for (const suite of suites) tarballs.set(suite, await suiteTarball(suite, scratch.path));
}, 900_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

async function expectPull(
  suite: string,
  substituter: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const tarball = tarballs.get(suite) ?? "";
  await using machine = await storeTarget({ fixture, tarball, substituters: [substituter] });
  expect(await machine.run("pull", environment)).toMatchObject({ exitCode: 0, stderr: "" });
  // The older Nix of this machine takes the store for what it should be, too.
  await nix(["nix-store", "--store", machine.root, "--verify", "--check-contents"]);
  await nix(["nix-store", "--store", machine.root, "--check-validity", fixture.toplevel]);
  return await machine.log();
}

// Nix 2.26 takes half a minute for the same over ssh-ng, by itself, too.
test.each([
  ["trixie", "ssh"],
  ["sid", "ssh"],
  ["sid", "ssh-ng"],
] as const)("the Nix of %s copies over %s", async (suite, scheme) => {
  const store = sshStore(scheme, server, fixture.store);
  await expectPull(suite, store, { NIX_SSHOPTS: `-F ${server.configuration}` });
});

test("the newest Nix copies from S3, and credentials are not in the log", async () => {
  await using bucket = await serveDirectory(scratch.path, {
    routes: { "/bucket/": fixture.caches.zstd },
  });
  const store = `s3://bucket?endpoint=${bucket.url()}&region=eu-west-1&scheme=http`;
  const log = await expectPull("sid", store, {
    AWS_ACCESS_KEY_ID: "name-of-a-key",
    AWS_SECRET_ACCESS_KEY: "a-secret-that-nobody-may-see",
  });
  expect(log).toContain("from s3://bucket with Nix");
  expect(log).not.toContain("a-secret-that-nobody-may-see");
});

test("a bucket that is not public is told as such where Nix cannot sign", async () => {
  const account = { accessKeyId: "name-of-a-key", secretAccessKey: "a-secret" };
  await using closed = s3Server(fixture.caches.zstd, [account]);
  await using machine = await storeTarget({
    fixture,
    tarball: tarballs.get("sid") ?? "",
    substituters: [`s3://bucket?endpoint=${closed.endpoint}&region=eu-west-1`],
  });
  const { exitCode, stderr } = await machine.run("pull", {
    AWS_ACCESS_KEY_ID: account.accessKeyId,
    AWS_SECRET_ACCESS_KEY: account.secretAccessKey,
  });
  expect(exitCode).toBe(6);
  expect(stderr).toContain(
    "s3://bucket cannot be used: the bucket lets nobody in without the right credentials",
  );
  expect(stderr).toContain("a portable store whose Nix is built with AWS");
  expect(closed.requests).not.toBeEmpty();
  expect(closed.requests.every(({ accessKeyId }) => accessKeyId === undefined)).toBe(true);
});
