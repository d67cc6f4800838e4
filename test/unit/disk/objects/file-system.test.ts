import { describe, expect, test } from "bun:test";
import type { FileSystemTable } from "../../../../src/disk/file-systems/index.ts";
import { deterministicUuid } from "../../../../src/disk/identifiers.ts";
import { fileSystem } from "../../../../src/disk/objects/file-system.ts";
import { formatCommand } from "../../../../src/run/command.ts";
import { GiB, machineWith, partition, planContext, refusal } from "./planning.ts";

const ext4: FileSystemTable = { type: "ext4", device: "main.p1", options: [] };

function stepsOf(...args: Parameters<typeof fileSystem.plan>) {
  return fileSystem.plan(...args).steps.map((step) => ({
    title: fileSystem.step.describe(step),
    details: fileSystem.step.details?.(step),
    programs: fileSystem.step.commands(step).map(([program]) => program),
  }));
}

describe("on a device of its own", () => {
  test("it is made, after what was there is erased", () => {
    const table = { ...ext4, label: "nixos", "mkfs-options": ["-m", "0"] };
    const [step] = fileSystem.plan("/", table, planContext([partition(1)])).steps;
    expect(step).toMatchObject({ id: "filesystem/", device: "/dev/vda1", size: 4 * GiB });
    const commands = step === undefined ? [] : fileSystem.step.commands(step).map(formatCommand);
    expect(commands[0]).toBe("wipefs --all --quiet /dev/vda1");
    expect(commands[1]).toEndWith(" -L nixos -m 0 /dev/vda1");
    expect(stepsOf("/", table, planContext([partition(1)]))).toEqual([
      {
        title: "Make ext4 on /dev/vda1 (label nixos)",
        details: [`UUID=${deterministicUuid("host", "filesystem./")}  LABEL=nixos`],
        programs: ["wipefs", "mkfs.ext4"],
      },
    ]);
  });

  test("one that is too small is refused with what it needs", () => {
    const small = planContext([partition(1, { size: 200 * 2 ** 20 })]);
    expect(refusal(() => fileSystem.plan("/data", { ...ext4, type: "xfs" }, small))).toBe(
      'filesystem."/data": main.p1 has 200 MiB, but xfs needs at least 300 MiB',
    );
    const tiny = planContext([partition(1, { size: 100 * 2 ** 20 })]);
    expect(refusal(() => fileSystem.plan("/data", { ...ext4, type: "btrfs" }, tiny))).toBe(
      'filesystem."/data": main.p1 has 100 MiB, but btrfs needs at least 109 MiB',
    );
    const mixed = { ...ext4, type: "btrfs" as const, "mkfs-options": ["--mixed"] };
    expect(refusal(() => fileSystem.plan("/data", mixed, tiny))).toBe("accepted");
  });

  test("there is nothing to keep on what is made new", () => {
    const table = { ...ext4, format: false };
    expect(refusal(() => fileSystem.plan("/", table, planContext([partition(1)])))).toBe(
      'filesystem."/": filesystem."/" is not to be made new, but main.p1 is: there is nothing on it to keep',
    );
  });

  test("a subvolume needs a pool", () => {
    const table = { ...ext4, type: "btrfs" as const, subvolume: "@" };
    expect(refusal(() => fileSystem.plan("/", table, planContext([partition(1)])))).toBe(
      'filesystem."/": filesystem."/" needs a pool, but main.p1 is none',
    );
  });
});

describe("on a kept partition", () => {
  const kept = partition(1, { kept: true });
  const there = machineWith({ device: "/dev/vda1", type: "ext4", label: "home", uuid: "abc" });

  test("nothing is made", () => {
    expect(stepsOf("/home", { ...ext4, label: "home" }, planContext([kept], there))).toEqual([
      {
        title: "Keep the ext4 on /dev/vda1 (label home)",
        details: ["LABEL=home"],
        programs: [],
      },
    ]);
  });

  test("it is made new if the manifest says so", () => {
    const [step] = stepsOf("/home", { ...ext4, format: true }, planContext([kept], there));
    expect(step?.programs).toEqual(["wipefs", "mkfs.ext4"]);
  });

  test("what is not what the manifest says is refused, with what is there instead", () => {
    const plan = (type: "ext4" | "xfs", facts = there, label?: string) =>
      refusal(() =>
        fileSystem.plan(
          "/home",
          { ...ext4, type, ...(label === undefined ? {} : { label }) },
          planContext([kept], facts),
        ),
      );
    const start = 'filesystem."/home": it is to be kept, but';
    expect(plan("xfs")).toBe(`${start} /dev/vda1 carries no xfs, but ext4`);
    expect(plan("ext4", there, "data")).toBe(
      `${start} the ext4 on /dev/vda1 has the label home instead of data`,
    );
    expect(plan("ext4", machineWith())).toBe(`${start} /dev/vda1 carries no ext4`);
  });
});

describe("in a pool", () => {
  const pool = partition(1, { reference: "root", pool: "btrfs" });
  const table: FileSystemTable = { type: "btrfs", device: "root", options: [], subvolume: "@" };

  test("there is nothing left to make", () => {
    expect(stepsOf("/", table, planContext([pool]))).toEqual([]);
  });

  test("the type is that of the pool, and so are label and format", () => {
    expect(
      refusal(() => fileSystem.plan("/", { ...ext4, device: "root" }, planContext([pool]))),
    ).toBe('filesystem."/": filesystem."/" is of type ext4, but root is a btrfs pool');
    expect(
      refusal(() => fileSystem.plan("/", { ...table, label: "nixos" }, planContext([pool]))),
    ).toBe(
      'filesystem."/": filesystem."/" is part of the btrfs pool root, and has no label or format of its own',
    );
  });
});

test("memory and directories need no device", () => {
  const tmpfs: FileSystemTable = { type: "tmpfs", options: [] };
  const bind: FileSystemTable = { type: "bind", device: "/persist/home", options: [] };
  for (const table of [tmpfs, bind]) {
    expect(fileSystem.madeOn(table)).toEqual([]);
    expect(stepsOf("/home", table, planContext([]))).toEqual([]);
  }
});
