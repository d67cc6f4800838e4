import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { preflightClosures } from "../../support/preflight-closures.ts";
import { type LiveSystem, type Machine, machine, serveDirectory } from "../index.ts";
import { provokedInMachines } from "./provoked.ts";
import { cases, plain, storage, systems } from "./refusal-cases.ts";
import { hostAddress } from "./scenario.ts";

/* A machine as it is sold, with Secure Boot on, and what the installer refuses to do on it, all in one boot. */

setDefaultTimeout(300_000);

/** What takes a boot of its own, for `npm run test:vm:all`: further kernel parameters, and what they provoke. */
const furtherBoots =
  process.env.LANDFALL_LAYOUTS === "all"
    ? (["a kernel that was told to leave the firmware alone"] as const)
    : [];

const diskNames = ["main", "member", "other", "lost", "lun"] as const;

const stack = new AsyncDisposableStack();
let computer: Machine;
let live: LiveSystem;
let manifest: (system: keyof typeof systems, tables: string) => string;

async function succeed(script: string): Promise<string> {
  const now = Math.round(Date.now() / 1000);
  const { exitCode, output } = await live.run(`set -e\nNOW=${now}\n${script}`);
  expect({ script, exitCode, output }).toMatchObject({ exitCode: 0 });
  return output;
}

/** The identifiers of what a refusal tells. */
function findingsIn(output: string): ReadonlySet<string> {
  return new Set([...output.matchAll(/^ {2}finding {3}(\S+)/gm)].map(([, id = ""]) => id));
}

async function hashes(): Promise<readonly string[]> {
  await succeed("sync");
  return await Promise.all(diskNames.map(async (name) => await computer.hashDisk(name)));
}

beforeAll(async () => {
  const closures = await preflightClosures(systems);
  const cache = stack.use(await serveDirectory(closures.cache));
  manifest = (system, tables) => `version = 1
[system]
toplevel = "${closures.toplevels[system]}"
[cache]
substituters = ["${cache.url(hostAddress)}"]
trusted-public-keys = ["${closures.publicKey}"]
${tables}`;
  computer = stack.use(
    await machine({
      name: "refusals",
      firmware: "uefi",
      secureBoot: true,
      disks: [
        { name: "main", size: 256 },
        { name: "member", size: 16 },
        { name: "other", size: 48 },
        { name: "lost", size: 16, bus: "sata" },
        { name: "lun", size: 16, bus: "scsi", paths: 2 },
        { name: "reader", size: 1, bus: "usb", isInserted: false },
      ],
    }),
  );
  live = await computer.live({
    kernelParameters: ["security=selinux", "selinux=1", "enforcing=1"],
  });
  await succeed(storage);
});

afterAll(() => stack.disposeAsync());

test.each(cases)("refused: $provokes", async ({ provokes, before, system, tables, tells }) => {
  await succeed(before);
  const untouched = await hashes();
  const { exitCode, output } = await live.install({
    manifest: manifest(system, tables),
    environment: { PASSPHRASE: "secret" },
  });
  expect({ exitCode, findings: findingsIn(output) }, output).toEqual({
    exitCode: 4,
    findings: new Set(provokedInMachines[provokes]),
  });
  for (const text of tells) expect(output).toContain(text);
  expect(await hashes()).toEqual(untouched);
});

test("noted in a plan: variables that are not mounted", async () => {
  await succeed("mv /root/module/* /lib/modules/*/kernel/fs/efivarfs/");
  const untouched = await hashes();
  await live.writeFile("/root/host.toml", manifest("unsigned", plain));
  const plan: { findings: { id: string }[] } = JSON.parse(
    await succeed("./installer plan --manifest host.toml --format json 2>/dev/null"),
  );
  expect(plan.findings.map(({ id }) => id)).toEqual([
    ...provokedInMachines["variables that are not mounted"],
  ]);
  expect(await hashes()).toEqual(untouched);
});

for (const provokes of furtherBoots) {
  test(`refused: ${provokes}`, async () => {
    await live.powerOff();
    live = await computer.live({ kernelParameters: ["efi=noruntime"] });
    const untouched = await hashes();
    const { exitCode, output } = await live.install({ manifest: manifest("unsigned", plain) });
    expect({ exitCode, findings: findingsIn(output) }, output).toEqual({
      exitCode: 4,
      findings: new Set(provokedInMachines[provokes]),
    });
    expect(await hashes()).toEqual(untouched);
  });
}
