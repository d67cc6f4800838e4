import { expect, setDefaultTimeout, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { LuksStep } from "../../../src/disk/luks/luks-step.ts";
import { luks } from "../../../src/disk/objects/luks.ts";
import { noProgress } from "../../../src/disk/progress.ts";
import { CommandError, exec } from "../../../src/run/command.ts";
import type { RunEvent } from "../../../src/run/events.ts";
import { formatError } from "../../../src/run/format-error.ts";
import { RunLog } from "../../../src/run/log.ts";
import { runSteps } from "../../../src/run/runner.ts";
import { formatJsonEvent } from "../../../src/run/terminal/json-event.ts";
import { readSecrets } from "../../../src/secrets/secrets.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { machineFacts } from "../../unit/plan/inputs.ts";

/*
 * Headers and key slots are made and tried without device-mapper. Where the host's kernel has none, opening, the last
 * command of the step, fails; what it leads to is tested in virtual machines (test/vm/layouts).
 */

// Stretching a key takes seconds by design, and longer where other tests run beside.
setDefaultTimeout(180_000);

const MiB = 2 ** 20;

/** Never part of anything but the secret itself. */
const marker = "vErYsEcReT";

/** The second has the bytes that programs which read lines or C strings get wrong. */
const keys = {
  passphrase: Buffer.from(`${marker} mit Gr\u00fc\u00dfen`),
  binary: Buffer.concat([Buffer.from(`\n\0${marker}\n`), Buffer.alloc(4096), Buffer.from("\0\n")]),
};

/** The step of a plan for a device, the secrets in files of a directory. */
async function planned(
  device: { readonly path: string; readonly size: number },
  directory: string,
  table: object = {},
  kept = false,
): Promise<LuksStep> {
  for (const [name, bytes] of Object.entries(keys)) await Bun.write(join(directory, name), bytes);
  const file = (name: keyof typeof keys) => ({ file: join(directory, name) });
  const [step] = luks.plan(
    "landfall-test",
    v.parse(luks.schema, {
      device: "main.root",
      passphrase: file("passphrase"),
      keys: [file("binary")],
      ...table,
    }),
    {
      facts: machineFacts,
      ownDisks: [],
      progress: noProgress,
      device: () => ({
        reference: "main.root",
        path: device.path,
        size: device.size,
        sectorSize: 512,
        seed: "test host",
        disks: [device.path],
        kept,
        made: false,
        isEfiSystemPartition: false,
      }),
      fileSystemsOn: () => [],
      identifierSeed: () => "test host",
    },
  ).steps;
  if (step === undefined) throw new Error("there is no step");
  return step;
}

/** Makes a header whose key is not stretched, so that a test need not wait for it. */
const formatQuickly = [
  "cryptsetup",
  "luksFormat",
  "--batch-mode",
  "--pbkdf=pbkdf2",
  "--pbkdf-force-iterations=1000",
  "--key-file=-",
];

/** Whether a secret opens a key slot, given byte for byte. */
async function opens(device: string, slot: number, secret: Uint8Array): Promise<boolean> {
  const argv = ["cryptsetup", "open", "--test-passphrase", `--key-slot=${slot}`, "--key-file=-"];
  const { exitCode } = await exec([...argv, device], { input: secret, allowedExitCodes: [0, 2] });
  return exitCode === 0;
}

/** Runs a step as an install does; gives all it leaves for people to read, and how it ended. */
async function run(step: LuksStep, directory: string) {
  const log = new RunLog(join(directory, "log"));
  const events: RunEvent[] = [];
  const { signal } = new AbortController();
  using secrets = await readSecrets(luks.step.secrets?.(step) ?? [], { signal, warn: () => {} });
  let error: unknown;
  try {
    await runSteps({
      steps: [step],
      definitionOf: () => luks.step,
      signal,
      emit: (event) => events.push(event),
      log,
      secret: secrets.get,
      beforeRelease: async () => {},
    });
  } catch (thrown) {
    error = thrown;
  }
  const shown = [
    await readFile(log.path, "utf8"),
    ...events.map((event) => formatJsonEvent(event, new Date())),
    ...(error === undefined ? [] : [formatError(error, { colour: false })]),
  ].join("\n");
  return { error, shown };
}

/** The command whose failure ended a run; `undefined` when it succeeded. */
function failedCommand(error: unknown): readonly string[] | undefined {
  if (error === undefined || error instanceof CommandError) return error?.argv;
  if (error instanceof Error && error.cause !== undefined) return failedCommand(error.cause);
  throw error;
}

/** Fails for every failure but that of a kernel without device-mapper. */
function expectAllButOpened(error: unknown): void {
  if (error !== undefined)
    expect(failedCommand(error)?.slice(0, 3)).toEqual(["cryptsetup", "open", "--type=luks"]);
}

test("a header that is kept stays as it is, and a wrong secret is told by its name", async () => {
  await using disk = await loopDisk(64 * MiB);
  await using scratch = await scratchDirectory("luks");
  await exec([...formatQuickly, disk.path], { input: keys.binary });
  const before = await disk.hash();

  const only = { passphrase: undefined, keys: [{ file: join(scratch.path, "binary") }] };
  const right = await planned(disk, scratch.path, only, true);
  expectAllButOpened((await run(right, scratch.path)).error);
  expect(await disk.hash()).toBe(before);

  const wrong = await planned(disk, scratch.path, {}, true);
  const { shown } = await run(wrong, scratch.path);
  expect(shown).toContain(`the file ${join(scratch.path, "passphrase")} does not open`);
  expect(shown).toContain("luks.landfall-test.passphrase");
  expect(shown).not.toContain(marker);
  expect(await disk.hash()).toBe(before);
});

test("what is no LUKS device is not taken for one that is kept", async () => {
  await using disk = await loopDisk(64 * MiB);
  await using scratch = await scratchDirectory("luks");
  await exec(["mkfs.ext4", "-q", disk.path]);
  const { shown } = await run(await planned(disk, scratch.path, {}, true), scratch.path);
  expect(shown).toContain("carries no crypto_LUKS, but ext4");
});

/** The command lines, and the environments of all but this process, that hold the marker. */
async function leaks(): Promise<string[]> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const id of processes) {
    for (const kind of ["cmdline", "environ"]) {
      if (kind === "environ" && id === String(process.pid)) continue;
      const text = await readFile(`/proc/${id}/${kind}`, "utf8").catch(() => "");
      if (text.includes(marker)) found.push(`${id}/${kind}`);
    }
  }
  return found;
}

/** Looks for leaks again and again while something runs. */
async function watched<T>(work: Promise<T>): Promise<T> {
  const end = new AbortController();
  const found: string[] = [];
  const watch = (async () => {
    while (!end.signal.aborted) {
      found.push(...(await leaks()));
      await Bun.sleep(20);
    }
  })();
  try {
    return await work;
  } finally {
    end.abort();
    await watch;
    expect(found).toEqual([]);
  }
}

test("the watch sees what a command is given", async () => {
  const shown = watched(exec(["sh", "-c", "sleep 0.5; :", marker]));
  expect((await rejection(shown)).message).toContain("cmdline");
});

test("each secret opens its own key slot, byte for byte, and is seen nowhere else", async () => {
  await using disk = await loopDisk(64 * MiB);
  await using scratch = await scratchDirectory("luks");
  const variable = "LANDFALL_TEST_PASSPHRASE";
  process.env[variable] = keys.passphrase.toString();
  const step = await planned(disk, scratch.path, {
    passphrase: { env: variable },
    keys: [{ file: join(scratch.path, "binary") }],
    label: "root",
    "pbkdf-memory": "8MiB",
  });
  const { error, shown } = await watched(run(step, scratch.path));
  expectAllButOpened(error);
  expect(process.env[variable]).toBeUndefined();
  const plan = JSON.stringify([step, luks.step.commands(step), luks.step.details?.(step)]);
  for (const text of [plan, shown]) {
    expect(text).toContain("cryptsetup");
    expect(text).not.toContain(marker);
  }

  expect(await opens(disk.path, 0, keys.passphrase)).toBeTrue();
  expect(await opens(disk.path, 1, keys.binary)).toBeTrue();
  expect(await opens(disk.path, 1, keys.binary.subarray(0, -1))).toBeFalse();
  expect((await disk.facts()).signatures).toMatchObject([
    { type: "crypto_LUKS", uuid: step.uuid, label: "root" },
  ]);
  const { stdout } = await exec(["cryptsetup", "luksDump", disk.path]);
  expect(stdout).toMatch(/offset: 16777216 .*\n.*\n\s*cipher: aes-xts-plain64\n\s*sector: 512/);
  expect(stdout.match(/^ {2}\d+: luks2$/gm)).toHaveLength(2);
  expect(stdout.match(/PBKDF: +argon2id$/gm)).toHaveLength(2);
  for (const [, memory] of stdout.matchAll(/Memory: +(\d+)/g)) {
    expect(Number(memory)).toBeLessThanOrEqual(8 * 1024);
  }
});
