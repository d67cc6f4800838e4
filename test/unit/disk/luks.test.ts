import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { luks, pbkdfMemory } from "../../../src/disk/objects/luks.ts";
import { noProgress } from "../../../src/disk/progress.ts";
import type { PlanContext, PlannedDevice } from "../../../src/disk/storage-object.ts";
import { InstallerError } from "../../../src/errors.ts";
import { formatCommand } from "../../../src/run/command.ts";
import { emptyDisk, machineFacts } from "../plan/inputs.ts";

const MiB = 2 ** 20;
const GiB = 2 ** 30;

const root: PlannedDevice = {
  reference: "main.root",
  path: "/dev/vda2",
  size: 4 * GiB,
  sectorSize: 512,
  seed: "test host",
  disks: ["/dev/vda"],
  kept: false,
  made: false,
  isEfiSystemPartition: false,
};

function context(
  device: PlannedDevice,
  facts = machineFacts,
  ownDisks: string[] = [],
): PlanContext {
  return {
    facts,
    ownDisks,
    progress: noProgress,
    device: () => device,
    fileSystemsOn: () => [],
    identifierSeed: () => "test host",
  };
}

function plan(table: object, device = root, facts = machineFacts, ownDisks: string[] = []) {
  const parsed = v.parse(luks.schema, { device: device.reference, ...table });
  const { steps, devices } = luks.plan("cryptroot", parsed, context(device, facts, ownDisks));
  const [step] = steps;
  if (step === undefined) throw new Error("there is no step");
  return { step, devices, commands: luks.step.commands(step).map(formatCommand) };
}

function refusal(...planned: Parameters<typeof plan>): InstallerError {
  try {
    plan(...planned);
  } catch (error) {
    if (error instanceof InstallerError) return error;
    throw error;
  }
  throw new Error("it was planned");
}

const passphrase = { file: "/run/keys/root" };
const secrets = { passphrase, keys: [{ env: "ROOT_KEY" }] };

describe("a new LUKS device", () => {
  test("is formatted, given its keys, tried with each of them and opened", () => {
    const { step, commands } = plan({ ...secrets, label: "root" });
    const id = step.uuid ?? "";
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(commands).toEqual([
      `cryptsetup luksFormat --batch-mode --type=luks2 --uuid=${id} --label=root --cipher=aes-xts-plain64 ` +
        "--key-size=512 --sector-size=512 --offset=32768 --pbkdf=argon2id --pbkdf-memory=1048576 --key-slot=0 --key-file=- /dev/vda2",
      "cryptsetup luksAddKey --batch-mode --pbkdf=argon2id --pbkdf-memory=1048576 --key-file=- /dev/vda2 /proc/self/fd/3",
      "cryptsetup open --test-passphrase --type=luks --key-slot=0 --key-file=- /dev/vda2",
      "cryptsetup open --test-passphrase --type=luks --key-slot=1 --key-file=- /dev/vda2",
      "cryptsetup open --type=luks --key-file=- /dev/vda2 cryptroot",
    ]);
    expect(luks.step.describe(step)).toBe(
      "Encrypt /dev/vda2 (LUKS2, key slots: 2) and open it as /dev/mapper/cryptroot",
    );
    expect(luks.step.details?.(step)).toEqual([
      `UUID=${id}  LABEL=root`,
      "passphrase: the file /run/keys/root",
      "key: the environment variable ROOT_KEY",
    ]);
  });

  test("names the keys of the manifest that its secrets come from", () => {
    const { step } = plan(secrets);
    expect(luks.step.secrets?.(step)).toEqual([
      { source: passphrase, object: "luks.cryptroot.passphrase", kind: "passphrase", isNew: true },
      { source: { env: "ROOT_KEY" }, object: "luks.cryptroot.keys[0]", kind: "key", isNew: true },
    ]);
  });

  test("gives a mapping that is smaller by its header", () => {
    const { devices } = plan(secrets);
    expect(devices).toEqual([
      {
        ...root,
        reference: "cryptroot",
        path: "/dev/mapper/cryptroot",
        size: 4 * GiB - 16 * MiB,
      },
    ]);
    const odd = plan(secrets, { ...root, sectorSize: 4096, size: 32 * MiB + 4095 });
    expect(odd.devices[0]?.size).toBe(16 * MiB);
    expect(odd.commands[0]).toContain("--sector-size=4096");
  });

  test("has the same identifier whenever it is planned, and another by another name", () => {
    expect(plan(secrets).step.uuid).toBe(plan(secrets).step.uuid);
    const parsed = v.parse(luks.schema, { device: "main.root", ...secrets });
    const [other] = luks.plan("crypthome", parsed, context(root)).steps;
    expect(other?.uuid).not.toBe(plan(secrets).step.uuid);
  });

  test("is made as the manifest says", () => {
    const { commands } = plan({
      keys: [passphrase],
      cipher: "aes-cbc-essiv:sha256",
      pbkdf: "pbkdf2",
      "allow-discards": true,
    });
    expect(commands[0]).toContain("--cipher=aes-cbc-essiv:sha256 --key-size=256 ");
    expect(commands[0]).toContain("--pbkdf=pbkdf2 --key-slot=0");
    expect(commands.at(-1)).toContain("--allow-discards --persistent ");
  });

  test("is refused where its header does not fit", () => {
    const error = refusal(secrets, { ...root, size: 16 * MiB });
    expect({ code: error.exitCode, object: error.object }).toEqual({
      code: 4,
      object: "luks.cryptroot",
    });
    expect(error.message).toContain("main.root has 16 MiB");
  });
});

describe("the memory to open it", () => {
  test("is a quarter of the machine's, at most 1 GiB, at most half of what is left", () => {
    expect(pbkdfMemory({ total: 16 * GiB, available: 15 * GiB })).toBe(GiB);
    expect(pbkdfMemory({ total: 2 * GiB, available: 2 * GiB })).toBe(512 * MiB);
    expect(pbkdfMemory({ total: GiB, available: 300 * MiB })).toBe(150 * MiB);
  });

  test("is what the manifest says, unless the machine has less", () => {
    expect(plan({ ...secrets, "pbkdf-memory": "64MiB" }).commands[0]).toContain(
      "--pbkdf-memory=65536 ",
    );
    const small = { ...machineFacts, memory: { total: GiB, available: GiB } };
    const error = refusal({ ...secrets, "pbkdf-memory": "2GiB" }, root, small);
    expect(error.object).toBe("luks.cryptroot.pbkdf-memory");
    expect(error.message).toContain("2 GiB of memory");
  });
});

describe("a LUKS device that is kept", () => {
  const kept = { ...root, kept: true };
  function holding(type: string) {
    const signature = { device: "/dev/vda2", type, size: root.size };
    const partition = { path: "/dev/vda2", number: 2, size: root.size, start: MiB };
    const disk = { ...emptyDisk, partitions: [partition], signatures: [signature] };
    return { ...machineFacts, disks: [disk] };
  }

  test("is tried and opened, never written", () => {
    const { step, commands, devices } = plan(
      { ...secrets, "allow-discards": true },
      kept,
      holding("crypto_LUKS"),
    );
    expect(commands).toEqual([
      "cryptsetup open --test-passphrase --type=luks --key-file=- /dev/vda2",
      "cryptsetup open --test-passphrase --type=luks --key-file=- /dev/vda2",
      "cryptsetup open --type=luks --allow-discards --key-file=- /dev/vda2 cryptroot",
    ]);
    expect(luks.step.describe(step)).toBe("Open the encrypted /dev/vda2 as /dev/mapper/cryptroot");
    expect(luks.step.secrets?.(step).map(({ isNew }) => isNew)).toEqual([false, false]);
    expect(devices[0]?.kept).toBeTrue();
  });

  test("is made new where the manifest says so", () => {
    const { commands } = plan({ ...secrets, format: true }, kept, holding("ext4"));
    expect(commands[0]).toStartWith("cryptsetup luksFormat ");
  });

  test("is refused where there is none", () => {
    expect(refusal(secrets, kept, holding("ext4")).message).toContain("crypto_LUKS");
    expect(refusal({ ...secrets, format: false }, root).message).toContain("nothing on it to keep");
  });
});

test("the name of another mapping is refused, but not that of one that is closed before", () => {
  const facts = { ...machineFacts, mappings: ["cryptroot"] };
  expect(refusal(secrets, root, facts).message).toContain("/dev/mapper/cryptroot already");
  const holder = {
    kind: "device-mapper" as const,
    device: "/dev/vda2",
    name: "cryptroot",
    path: "/dev/dm-0",
  };
  const own = { ...facts, disks: [{ ...emptyDisk, holders: [holder] }] };
  expect(plan(secrets, root, own, ["/dev/vda"]).step.name).toBe("cryptroot");
  // On a disk whose table is kept, what the manifest does not name stays open.
  expect(refusal(secrets, root, own).message).toContain("/dev/mapper/cryptroot already");
});

test.each([
  [{}],
  [{ passphrase, "pbkdf-memory": "8GiB" }],
  [{ passphrase, pbkdf: "pbkdf2", "pbkdf-memory": "64MiB" }],
  [{ passphrase, pbkdf: "scrypt" }],
  [{ passphrase, cipher: "aes --help" }],
  [{ passphrase, "key-size": 100 }],
  [{ passphrase, label: "x".repeat(48) }],
  [{ passphrase, keys: Array.from({ length: 32 }, () => passphrase) }],
  [{ passphrase: "hush" }],
])("a manifest cannot say %p", (table) => {
  expect(v.safeParse(luks.schema, { device: "main.root", ...table }).success).toBeFalse();
});

test("the plan names the secret that each command reads, and where", () => {
  const { step, commands } = plan(secrets);
  const names = luks.step.inputs?.(step).map((input) => {
    const program = commands[input.command]?.split(" ").slice(0, 2).join(" ");
    const secret = "secret" in input ? input.secret : "";
    return `${program} ${input.descriptor} ${secret}`;
  });
  expect(names).toEqual([
    "cryptsetup luksFormat 0 luks.cryptroot.passphrase",
    "cryptsetup luksAddKey 0 luks.cryptroot.passphrase",
    "cryptsetup luksAddKey 3 luks.cryptroot.keys[0]",
    "cryptsetup open 0 luks.cryptroot.passphrase",
    "cryptsetup open 0 luks.cryptroot.keys[0]",
    "cryptsetup open 0 luks.cryptroot.passphrase",
  ]);
  const kept = plan({ ...secrets, format: false }, { ...root, kept: true });
  const read = luks.step.inputs?.(kept.step).map(({ command }) => kept.commands[command]);
  expect(read).toEqual(kept.commands);
});
