import { expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileSystemMakers } from "../../../../src/disk/file-systems/index.ts";
import { planStorage } from "../../../../src/disk/plan-storage.ts";
import { judgeDisks } from "../../../../src/disk/safety/judge.ts";
import { readProgramVersions } from "../../../../src/facts/program-versions.ts";
import { findTools } from "../../../../src/facts/tools.ts";
import { parseManifest } from "../../../../src/manifest/parse.ts";
import { definitionOf } from "../../../../src/plan/plan.ts";
import { exec } from "../../../../src/run/command.ts";
import { loopDisk } from "../../../support/loop-disk.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { machineFacts } from "../../../unit/plan/inputs.ts";
import { StepRun, seed } from "../steps.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

function manifest(device: string, home: string): string {
  return `
version = 1
[system]
toplevel = "/nix/store/0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz-nixos-system-host-26.05"
[cache]
substituters = ["https://cache.example.org"]
trusted-public-keys = ["cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="]
[disk.main]
device = "${device}"
table = "keep"
[[disk.main.partition]]
name = "home"
keep = true
number = 2
type = "home"
size = "40MiB"
[[disk.main.partition]]
name = "root"
size = "-10MiB"
[[disk.main.partition]]
name = "swap"
type = "swap"
size = "12MiB"
[filesystem."/"]
device = "main.root"
type = "ext4"
[filesystem."/home"]
device = "main.home"
type = "ext4"
label = "${home}"
[swap.main]
device = "main.swap"
`;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

test("a system is put beside another one, whose bytes stay, with a home that both use", async () => {
  await using scratch = await scratchDirectory("beside");
  await using disk = await loopDisk(256 * MiB);
  const script = [
    "label: gpt",
    "1: size=60MiB, name=other",
    "2: size=40MiB, type=933AC7E1-2EB4-4F13-B844-0E14E2AEF915, name=home",
    "3: start=409600, size=30MiB, name=recovery",
  ];
  await exec(["sfdisk", "--no-tell-kernel", disk.path], { input: `${script.join("\n")}\n` });
  await exec(["partx", "--update", disk.path]);
  const [other, home, recovery] = [1, 2, 3].map((number) => `${disk.path}p${number}`);
  if (other === undefined || home === undefined || recovery === undefined) throw new Error("bug");
  await exec(["mkfs.ext4", "-q", "-L", "other", other]);
  await exec(["mkfs.ext4", "-q", "-L", "home", home]);
  await exec(["mkswap", "-q", recovery]);
  const root = join(scratch.path, "root");
  await chmod(scratch.path, 0o755);
  await mkdir(root);
  await exec(["mount", home, root]);
  await Bun.write(join(root, "letter"), "dear all");
  await exec(["umount", root]);
  const foreign = [await hashOf(other), await hashOf(recovery)];

  const facts = {
    ...machineFacts,
    liveSystem: { ...machineFacts.liveSystem, udev: false },
    disks: [await disk.facts()],
    versions: await readProgramVersions(findTools(fileSystemMakers)),
  };
  const planOf = (label: string) => {
    const { manifest: tables } = parseManifest({
      file: "install.toml",
      text: manifest(disk.path, label),
    });
    expect(judgeDisks(tables.disk, facts)).toEqual([]);
    return planStorage({ tables, facts, root, identifierSeed: () => seed });
  };
  // What a kept partition holds is looked at before anything is written.
  expect(() => planOf("photos")).toThrow("photos");
  const { steps } = planOf("home");
  expect(steps.map((step) => definitionOf(step).describe(step))).toEqual([
    `Add partitions to ${disk.path} (gpt: root 77 MiB, swap 12 MiB; kept: home 40 MiB)`,
    `Make ext4 on ${disk.path}p4`,
    `Keep the ext4 on ${home} (label home)`,
    `Make swap on ${disk.path}p5 and use it`,
    `Mark what is made on ${disk.path} as whole`,
    `Mount ${disk.path}p4 on ${root}`,
    `Mount ${home} on ${join(root, "home")}`,
  ]);
  {
    await using run = new StepRun();
    for (const step of steps) await run.run(definitionOf(step), step);
    expect(await Bun.file(join(root, "home/letter")).text()).toBe("dear all");
    await Bun.write(join(root, "installed"), "yes");
  }

  expect([await hashOf(other), await hashOf(recovery)]).toEqual(foreign);
  const after = await disk.facts();
  expect(after.holders).toEqual([]);
  expect(after.signatures?.map(({ device, type }) => [device, type])).toEqual([
    [disk.path, "gpt"],
    [other, "ext4"],
    [home, "ext4"],
    [recovery, "swap"],
    [`${disk.path}p4`, "ext4"],
    [`${disk.path}p5`, "swap"],
  ]);
});

test("what is formatted on a kept partition is no part of a volume group that has others", async () => {
  await using disk = await loopDisk(128 * MiB);
  await using second = await loopDisk(32 * MiB);
  await exec(["sfdisk", "--no-tell-kernel", disk.path], { input: "label: gpt\n1: size=64MiB\n" });
  await exec(["partx", "--update", disk.path]);
  const members = [`${disk.path}p1`, second.path];
  const filter = members.map((path) => `"a|^${path}$|"`).join(",");
  await exec([
    "vgcreate",
    "--config",
    `devices{use_devicesfile=0 filter=[${filter},"r|.*|"]} backup{backup=0 archive=0}`,
    "others",
    ...members,
  ]);
  const facts = { ...machineFacts, disks: [await disk.facts(), await second.facts()] };
  const text = manifest(disk.path, "home")
    .replaceAll(/number = 2\ntype = "home"\nsize = "40MiB"/g, "number = 1")
    .replace('label = "home"', "format = true");
  const { manifest: tables } = parseManifest({ file: "install.toml", text });
  const inputs = { tables, facts, root: "/mnt", identifierSeed: () => seed };
  expect(() => planStorage(inputs)).toThrow(
    `filesystem."/home" cannot be made on ${disk.path}p1, which is a member of the volume group others`,
  );
  const alone = { ...inputs, facts: { ...facts, disks: [await disk.facts()] } };
  expect(planStorage(alone).steps).not.toEqual([]);
});
