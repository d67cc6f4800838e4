import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import type { MountStep } from "../../../src/disk/objects/mount.ts";
import { swap } from "../../../src/disk/objects/swap.ts";
import { swapFileStep, swapFileSteps } from "../../../src/disk/objects/swap-file.ts";
import { noProgress } from "../../../src/disk/progress.ts";
import type { PlannedDevice } from "../../../src/disk/storage-object.ts";
import { InstallerError } from "../../../src/errors.ts";
import { formatCommand } from "../../../src/run/command.ts";
import { emptyDisk, machineFacts } from "../plan/inputs.ts";

const MiB = 2 ** 20;

const area: PlannedDevice = {
  reference: "main.swap",
  path: "/dev/vda2",
  size: 512 * MiB,
  sectorSize: 512,
  seed: "test host",
  disks: ["/dev/vda"],
  kept: false,
  made: false,
  isEfiSystemPartition: false,
};

/** A machine whose swap partition holds something. */
function holding(type: string) {
  const signature = { device: "/dev/vda2", type, size: area.size };
  const partition = { path: "/dev/vda2", number: 2, size: area.size, start: MiB };
  return {
    ...machineFacts,
    disks: [{ ...emptyDisk, partitions: [partition], signatures: [signature] }],
  };
}

function plan(table: object, device = area, facts = machineFacts) {
  const parsed = v.parse(swap.schema, { device: "main.swap", ...table });
  const [step] = swap.plan("main", parsed, {
    facts,
    ownDisks: [],
    progress: noProgress,
    device: () => device,
    fileSystemsOn: () => [],
    identifierSeed: () => "test host",
  }).steps;
  if (step === undefined) throw new Error("there is no step");
  return { step, commands: swap.step.commands(step).map(formatCommand) };
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof InstallerError && error.exitCode === 4) return error.message;
    throw error;
  }
  throw new Error("it was planned");
}

describe("swap on a device", () => {
  test("is made and used", () => {
    const { step, commands } = plan({ label: "swap", priority: 7 });
    expect(commands).toEqual([
      "wipefs --all --quiet /dev/vda2",
      `mkswap -U ${step.uuid} -L swap /dev/vda2`,
      "swapon -p 7 /dev/vda2",
    ]);
    expect(swap.step.describe(step)).toBe("Make swap on /dev/vda2 (label swap) and use it");
  });

  test("that every boot encrypts anew is only emptied", () => {
    const { step, commands } = plan({ "random-encryption": true });
    expect(commands).toEqual(["wipefs --all --quiet /dev/vda2"]);
    expect(swap.step.details?.(step)).toEqual([]);
  });

  test("that is kept is used as it is", () => {
    const { commands } = plan({}, { ...area, kept: true }, holding("swap"));
    expect(commands).toEqual(["swapon /dev/vda2"]);
  });

  test("that is kept must be swap, and not a hibernated system's memory", () => {
    const kept = { ...area, kept: true };
    expect(refusal(() => plan({}, kept, holding("ext4")))).toContain("no swap, but ext4");
    expect(refusal(() => plan({}, kept, holding("swsuspend")))).toContain("no swap, but swsuspend");
    expect(refusal(() => plan({ "random-encryption": true }, kept, holding("swap")))).toContain(
      "overwritten at every boot",
    );
    expect(plan({ format: true }, kept, holding("ext4")).commands[1]).toStartWith("mkswap ");
  });
});

function mounted(target: string, type: string, changes: Partial<MountStep> = {}): MountStep {
  const device = `/dev/disk-of${target}`;
  return {
    kind: "mount",
    id: `mount${target}`,
    device,
    type,
    root: "/mnt",
    target,
    options: [],
    optional: false,
    ...changes,
  };
}

function fileSteps(file: string, mounts: readonly MountStep[]) {
  const table = v.parse(swap.schema, { file, size: "1GiB" });
  return swapFileSteps({ main: table }, mounts, [], "/mnt");
}

function fileCommands(file: string, mounts: readonly MountStep[]): string[] {
  return fileSteps(file, mounts).flatMap((step) => swapFileStep.commands(step).map(formatCommand));
}

describe("a swap file", () => {
  test("is made in the target, and used", () => {
    const [step] = fileSteps("/swap/file", [mounted("/", "ext4")]);
    expect(fileCommands("/swap/file", [mounted("/", "ext4")])).toEqual([
      "fallocate -l 1073741824 /mnt/swap/file",
      `mkswap -U ${step?.uuid} /mnt/swap/file`,
      "swapon /mnt/swap/file",
    ]);
  });

  test("on btrfs is never copied on write", () => {
    const mounts = [mounted("/", "ext4"), mounted("/swap", "btrfs")];
    expect(fileCommands("/swap/file", mounts)[0]).toBe("chattr +C /mnt/swap/file");
    expect(fileCommands("/swapper/file", mounts)[0]).toStartWith("fallocate ");
  });

  test("may lie behind a bind mount", () => {
    const bind = mounted("/swap", "bind", { device: "/mnt/persist/swap", bind: "directory" });
    const mounts = [mounted("/", "tmpfs"), mounted("/persist", "btrfs"), bind];
    expect(fileCommands("/swap/file", mounts)[0]).toBe("chattr +C /mnt/swap/file");
  });

  test("is refused where Linux cannot swap to it, and where it might not be mounted", () => {
    expect(refusal(() => fileSteps("/file", [mounted("/", "tmpfs")]))).toContain(
      "would lie on tmpfs",
    );
    const optional = mounted("/data", "ext4", { optional: true });
    expect(refusal(() => fileSteps("/data/file", [mounted("/", "ext4"), optional]))).toContain(
      "nofail",
    );
  });
});

test.each([
  [{}],
  [{ device: "main.swap", file: "/swap", size: "1GiB" }],
  [{ file: "/swap" }],
  [{ device: "main.swap", size: "1GiB" }],
  [{ file: "/swap", size: "1KiB" }],
  [{ file: "/swap", size: "1000001B" }],
  [{ file: "/swap", size: "1GiB", "random-encryption": true }],
  [{ file: "/swap", size: "1GiB", format: true }],
  [{ device: "main.swap", label: "swap", "random-encryption": true }],
  [{ device: "main.swap", priority: -2 }],
  [{ device: "main.swap", label: "x".repeat(16) }],
])("a manifest cannot say %p", (table) => {
  expect(v.safeParse(swap.schema, table).success).toBeFalse();
});
