import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { s3Server } from "../../../support/s3-server.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { type ClosureFixture, closureFixture, nix } from "../closure-fixture.ts";
import { type StoreTarget, storeTarget } from "./store-target.ts";
import { suiteTarball } from "./suite-nix.ts";

/*
 * Credentials for S3, as they reach the portable store's Nix. No Debian release has a Nix that is built with AWS's SDK,
 * so what Nix reads of a bucket is fetched for it by rclone, which has that SDK and finds credentials like it.
 */

setDefaultTimeout(60_000);

const account = { accessKeyId: "name-of-a-key", secretAccessKey: "a-secret-that-nobody-may-see" };
const temporary = { ...account, accessKeyId: "temporary", sessionToken: "a-token-nobody-may-see" };

let fixture: ClosureFixture;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let tarball: string;

/** Puts the files of the bucket into a directory, and that in the place of the bucket's address. */
const fetchBucket = (directory: string) => `
set -eu
for word do
  shift
  case $word in s3://*)
    setting() { printf '%s' "$word" | sed -n "s/.*[?&]$1=\\([^&]*\\).*/\\1/p"; }
    s3() {
      rclone "$@" --config= --cache-dir='${directory}/cache' --retries=1 --low-level-retries=1 \
        --s3-provider=Other --s3-env-auth --s3-profile="$(setting profile)" \
        --s3-endpoint="$(setting endpoint)" --s3-region="$(setting region)"
    }
    # Alone and first, as Nix does it; rclone waits for ever where it is let in to none of many files.
    s3 copyto :s3:bucket/nix-cache-info '${directory}/bucket/nix-cache-info'
    s3 copy :s3:bucket '${directory}/bucket' --no-traverse --files-from-raw='${directory}/files'
    word=file://${directory}/bucket
  esac
  set -- "$@" "$word"
done`;

beforeAll(async () => {
  fixture = await closureFixture();
  scratch = await scratchDirectory("s3");
  const files = [...new Bun.Glob("**").scanSync(fixture.caches.zstd)];
  await Bun.write(join(scratch.path, "files"), files.join("\n"));
  tarball = await suiteTarball("bookworm", scratch.path, fetchBucket(scratch.path));
}, 900_000);

afterAll(() => scratch[Symbol.asyncDispose]());

/** What becomes of a pull from the bucket with these variables in the environment, and whose keys the server saw. */
async function pull(
  variables: Readonly<Record<string, string>>,
  settings = "",
): Promise<Awaited<ReturnType<StoreTarget["run"]>> & { readonly keys: readonly unknown[] }> {
  await Bun.$`rm -rf ${join(scratch.path, "bucket")}`;
  await using server = s3Server(fixture.caches.zstd, [account, temporary]);
  const substituter = `s3://bucket?endpoint=${server.endpoint}&region=eu-west-1${settings}`;
  await using machine = await storeTarget({ fixture, tarball, substituters: [substituter] });
  // Nothing of what the tests' own machine has for S3.
  const environment = Object.entries({
    PATH: process.env.PATH,
    HOME: "/nonexistent",
    ...variables,
  });
  const prefix = ["env", "-i", ...environment.map(([name, value]) => `${name}=${value}`)];
  const result = await machine.run("pull", {}, prefix);
  if (result.exitCode === 0) {
    await nix(["nix-store", "--store", machine.root, "--verify", "--check-contents"]);
    await nix(["nix-store", "--store", machine.root, "--check-validity", fixture.toplevel]);
  }
  const log = await machine.log();
  for (const text of [result.stdout, result.stderr, log]) expect(text).not.toContain("nobody");
  const keys = [...new Set(server.requests.map(({ accessKeyId }) => accessKeyId))];
  return { ...result, keys };
}

test("credentials of the environment open the bucket, and are nowhere to be seen", async () => {
  const { exitCode, stderr, stdout, keys } = await pull({
    AWS_ACCESS_KEY_ID: account.accessKeyId,
    AWS_SECRET_ACCESS_KEY: account.secretAccessKey,
  });
  expect({ exitCode, stderr, keys }).toEqual({
    exitCode: 0,
    stderr: "",
    keys: [account.accessKeyId],
  });
  expect(stdout).toContain("store paths from s3://bucket with Nix");
});

test("temporary credentials come with their token", async () => {
  const variables = {
    AWS_ACCESS_KEY_ID: temporary.accessKeyId,
    AWS_SECRET_ACCESS_KEY: temporary.secretAccessKey,
  };
  expect(await pull({ ...variables, AWS_SESSION_TOKEN: temporary.sessionToken })).toMatchObject({
    exitCode: 0,
    keys: [temporary.accessKeyId],
  });
  expect(await pull(variables)).toMatchObject({ exitCode: 6 });
});

test("a profile of ~/.aws is one that the address, or the environment, names", async () => {
  const home = join(scratch.path, "home");
  await mkdir(join(home, ".aws"), { recursive: true });
  await Bun.write(
    join(home, ".aws/credentials"),
    `[default]
aws_access_key_id = someone-else
aws_secret_access_key = another-secret-that-nobody-may-see

[cache]
aws_access_key_id = ${account.accessKeyId}
aws_secret_access_key = ${account.secretAccessKey}
`,
  );
  const opened = { exitCode: 0, stderr: "", keys: [account.accessKeyId] };
  expect(await pull({ HOME: home }, "&profile=cache")).toMatchObject(opened);
  expect(await pull({ HOME: home, AWS_PROFILE: "cache" })).toMatchObject(opened);
  expect(await pull({ HOME: home })).toMatchObject({ exitCode: 6, keys: ["someone-else"] });
});

test("a wrong secret, or none, is told as what it is", async () => {
  const wrong = await pull({
    AWS_ACCESS_KEY_ID: account.accessKeyId,
    AWS_SECRET_ACCESS_KEY: "another-secret-that-nobody-may-see",
  });
  expect(wrong).toMatchObject({ exitCode: 6, keys: [account.accessKeyId] });
  expect(wrong.stderr).toContain("s3://bucket cannot be used");
});
