import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import * as v from "valibot";
import { InstallerError } from "../../../src/errors.ts";
import type { SecretUse } from "../../../src/run/step.ts";
import { readSecrets } from "../../../src/secrets/secrets.ts";
import { describeSecret, type SecretSource, secretSource } from "../../../src/values/secret.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const signal = new AbortController().signal;

function use(source: SecretSource, kind: SecretUse["kind"] = "key"): SecretUse {
  return { source, kind, object: `luks.cryptroot.${kind}`, isNew: true };
}

/** Reads one secret; gives a copy of its bytes and the warnings. */
async function read(secret: SecretUse) {
  const warnings: string[] = [];
  using secrets = await readSecrets([secret], { signal, warn: (text) => warnings.push(text) });
  return { bytes: Buffer.from(secrets.get(secret.source)), warnings };
}

async function refusal(secret: SecretUse): Promise<InstallerError> {
  const error = await rejection(read(secret));
  if (!(error instanceof InstallerError)) throw error;
  expect({ code: error.exitCode, object: error.object }).toEqual({
    code: 4,
    object: secret.object,
  });
  return error;
}

function parse(table: unknown) {
  return v.safeParse(secretSource, table);
}

describe("a secret of the manifest", () => {
  test("comes from one place", () => {
    expect(parse({ file: "/run/key" }).output).toEqual({ file: "/run/key" });
    expect(parse({ file: "/dev/sdb", size: 64 }).output).toEqual({ file: "/dev/sdb", size: 64 });
    expect(parse({ env: "KEY" }).output).toEqual({ env: "KEY" });
    expect(parse({ prompt: "Passphrase" }).output).toEqual({ prompt: "Passphrase" });
  });

  test.each([
    [{}],
    [{ file: "/run/key", env: "KEY" }],
    [{ env: "KEY", size: 3 }],
    [{ file: "key" }],
    [{ file: "/run/key", size: 0 }],
    [{ file: "/run/key", size: 2 ** 30 }],
    [{ env: "A=B" }],
    [{ prompt: "" }],
    [{ prompt: "two\nlines" }],
    [{ text: "secret" }],
    ["secret"],
  ])("is not %p", (table) => {
    expect(parse(table).success).toBeFalse();
  });

  test("is called by its place", () => {
    expect(describeSecret({ file: "/run/key" })).toBe("the file /run/key");
    expect(describeSecret({ file: "/dev/sdb", size: 64 })).toBe("the first 64 bytes of /dev/sdb");
    expect(describeSecret({ env: "KEY" })).toBe("the environment variable KEY");
    expect(describeSecret({ prompt: "Text" })).toBe('what is typed at "Text"');
  });
});

describe("a secret in a file", () => {
  test("is its bytes as they are", async () => {
    await using scratch = await scratchDirectory("secrets");
    const file = join(scratch.path, "key");
    const bytes = Buffer.from([0x0a, 0x00, 0xff, 0x0d, 0x0a, 0x00, 0x0a]);
    await Bun.write(file, bytes);
    expect(await read(use({ file }))).toEqual({ bytes, warnings: [] });
    expect((await read(use({ file, size: 3 }))).bytes).toEqual(bytes.subarray(0, 3));
    expect((await refusal(use({ file, size: 8 }))).message).toContain("7 bytes only");
  });

  test("is refused where it is missing, empty or no file", async () => {
    await using scratch = await scratchDirectory("secrets");
    const missing = await refusal(use({ file: join(scratch.path, "none") }));
    expect(missing.message).toContain("it does not exist");
    expect((await refusal(use({ file: scratch.path }))).message).toContain("it is a directory");
    await Bun.write(join(scratch.path, "empty"), "");
    const empty = await refusal(use({ file: join(scratch.path, "empty") }));
    expect(empty.message).toContain("the secret is empty");
  });

  test("of a device needs a size, and of a large file too", async () => {
    expect((await refusal(use({ file: "/dev/zero" }))).hint).toContain("size");
    expect((await read(use({ file: "/dev/zero", size: 2 }))).bytes).toEqual(Buffer.alloc(2));
    await using scratch = await scratchDirectory("secrets");
    const file = join(scratch.path, "large");
    await Bun.write(file, Buffer.alloc(8 * 2 ** 20 + 1, 1));
    expect((await refusal(use({ file }))).message).toContain("more than 8388608 bytes");
    expect((await read(use({ file, size: 8 * 2 ** 20 }))).bytes).toHaveLength(8 * 2 ** 20);
  });
});

async function passphrase(content: string | Uint8Array) {
  await using scratch = await scratchDirectory("secrets");
  const file = join(scratch.path, "passphrase");
  await Bun.write(file, content);
  return await read(use({ file }, "passphrase"));
}

describe("a passphrase", () => {
  test("that ends in a newline is refused, with the way to write it", async () => {
    await using scratch = await scratchDirectory("secrets");
    const file = join(scratch.path, "passphrase");
    await Bun.write(file, "hush\n");
    const error = await refusal(use({ file }, "passphrase"));
    expect(error.message).toBe(`the passphrase ends in a newline: the file ${file}`);
    expect(error.hint).toContain("printf %s");
    expect((await read(use({ file }, "key"))).bytes).toEqual(Buffer.from("hush\n"));
  });

  test("that can be typed is taken without a word", async () => {
    expect((await passphrase("pässphrase with spaces")).warnings).toEqual([]);
  });
});

describe("a secret in the environment", () => {
  const name = "LANDFALL_TEST_SECRET";
  afterEach(() => {
    delete process.env[name];
  });

  test("is taken out of it", async () => {
    process.env[name] = "grüße\n";
    expect((await read(use({ env: name }))).bytes).toEqual(Buffer.from("grüße\n"));
    expect(process.env[name]).toBeUndefined();
  });

  test("is refused where it is not set, empty or no text", async () => {
    expect((await refusal(use({ env: name }))).message).toContain(`${name} is not set`);
    process.env[name] = "";
    expect((await refusal(use({ env: name }))).message).toContain("the secret is empty");
    process.env[name] = "a\uFFFDb";
    expect((await refusal(use({ env: name }))).message).toContain("no UTF-8 text");
  });
});

test("secrets are overwritten when they are done with", async () => {
  await using scratch = await scratchDirectory("secrets");
  const file = join(scratch.path, "key");
  await Bun.write(file, "hush");
  let bytes: Uint8Array;
  {
    using secrets = await readSecrets([use({ file })], { signal, warn: () => {} });
    bytes = secrets.get({ file });
    expect(bytes).toEqual(Buffer.from("hush"));
  }
  expect(bytes).toEqual(Buffer.alloc(4));
});
