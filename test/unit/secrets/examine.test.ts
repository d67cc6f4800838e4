import { afterEach, describe, expect, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import type { SecretUse } from "../../../src/run/step.ts";
import { examineSecrets } from "../../../src/secrets/examine.ts";
import { readSecrets } from "../../../src/secrets/secrets.ts";
import type { SecretSource } from "../../../src/values/secret.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const name = "LANDFALL_TEST_SECRET";

afterEach(() => {
  delete process.env[name];
});

function use(source: SecretSource, kind: SecretUse["kind"] = "passphrase"): SecretUse {
  return { source, kind, object: `luks.root.${kind}`, isNew: true };
}

/** What is found, a line each. */
async function found(...uses: readonly SecretUse[]): Promise<string[]> {
  const findings = await examineSecrets(uses);
  return findings.map(
    ({ id, severity, object, message }) => `${severity} ${id} ${object}: ${message}`,
  );
}

test("everything that is wrong with secrets is told together, and nothing of what they are", async () => {
  await using scratch = await scratchDirectory("examine");
  const file = (text: string) => join(scratch.path, text);
  await Bun.write(file("newline"), "open sesame\n");
  await Bun.write(file("empty"), "");
  process.env[name] = "";
  const all = await found(
    use({ file: file("none") }),
    use({ file: file("newline") }),
    use({ file: file("empty") }),
    use({ file: scratch.path }, "key"),
    use({ file: file("newline"), size: 100 }, "key"),
    use({ file: "/dev/zero" }, "key"),
    use({ env: "LANDFALL_NOT_SET" }),
    use({ env: name }),
  );
  expect(all).toEqual([
    `error preflight/secret-missing luks.root.passphrase: the secret cannot be read from ${file("none")}: it does not exist`,
    `error preflight/secret-unusable luks.root.passphrase: the passphrase ends in a newline: the file ${file("newline")}`,
    `error preflight/secret-unusable luks.root.passphrase: the secret is empty: the file ${file("empty")}`,
    `error preflight/secret-missing luks.root.key: the secret cannot be read from ${scratch.path}: it is a directory`,
    `error preflight/secret-unusable luks.root.key: ${file("newline")} has 12 bytes only, not 100`,
    "error preflight/secret-unusable luks.root.key: /dev/zero is a device, which has no end of its own",
    "error preflight/secret-missing luks.root.passphrase: the environment variable LANDFALL_NOT_SET is not set",
    `error preflight/secret-unusable luks.root.passphrase: the secret is empty: the environment variable ${name}`,
  ]);
  expect(all.join("\n")).not.toContain("sesame");
});

describe("a passphrase", () => {
  test.each([
    ["no UTF-8 text", Buffer.from([0xff, 0xfe])],
    ["control characters", "a\tb"],
    ["control characters", "a\nb"],
    ["more than 512 bytes", "a".repeat(513)],
  ])("that has %s is warned of, and taken", async (reason, content) => {
    await using scratch = await scratchDirectory("examine");
    const file = join(scratch.path, "passphrase");
    await Bun.write(file, content);
    const [warning, ...others] = await found(use({ file }));
    expect(others).toEqual([]);
    expect(warning).toStartWith("warning preflight/secret-not-typable luks.root.passphrase: ");
    expect(warning).toContain(reason);
    expect(await found(use({ file }, "key"))).toEqual([]);
    // Told already.
    const signal = new AbortController().signal;
    const told: string[] = [];
    using secrets = await readSecrets([use({ file })], { signal, warn: (text) => told.push(text) });
    expect(secrets.get({ file })).toEqual(Buffer.from(content));
    expect(told).toEqual([]);
  });
});

test("what can be had is left where it is", async () => {
  process.env[name] = "open sesame";
  expect(await found(use({ env: name }))).toEqual([]);
  expect(process.env[name]).toBe("open sesame");
});

test("what comes through a pipe is left in it, since it can be read only once", async () => {
  await using scratch = await scratchDirectory("examine");
  const pipe = join(scratch.path, "pipe");
  await exec(["mkfifo", pipe]);
  await chmod(pipe, 0o600);
  expect(await found(use({ file: pipe }))).toEqual([]);
});

test("without a terminal nobody can be asked", async () => {
  const program = `
    import { examineSecrets } from ${JSON.stringify(join(import.meta.dir, "../../../src/secrets/examine.ts"))};
    const source = { prompt: "Passphrase" };
    const uses = [{ source, kind: "passphrase", object: "luks.root.passphrase", isNew: true }];
    console.log(JSON.stringify(await examineSecrets(uses)));`;
  // A process of a session of its own has no terminal.
  const { stdout } = await exec(["setsid", "--wait", process.execPath, "--eval", program]);
  expect(JSON.parse(stdout)).toEqual([
    {
      id: "preflight/secret-no-terminal",
      severity: "error",
      object: "luks.root.passphrase",
      message: 'there is no terminal to ask "Passphrase" on',
      hint: "Run the installer in a terminal, or name a { file = … } instead.",
    },
  ]);
});
