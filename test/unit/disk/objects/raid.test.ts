import { expect, test } from "bun:test";
import * as v from "valibot";
import { raid } from "../../../../src/disk/objects/raid.ts";
import { formatCommand } from "../../../../src/run/command.ts";
import { emptyDisk, machineFacts } from "../../plan/inputs.ts";
import { partition, planContext, refusal } from "./planning.ts";

const devices = [1, 2, 3].map((number) =>
  partition(number, { disks: [`/dev/vd${number}`], isEfiSystemPartition: true }),
);

function table(text: object) {
  return v.parse(raid.schema, text);
}

const mirror = table({ level: 1, devices: ["main.p1", "main.p2"] });

/** The commands of an array, one a line. */
function commands(values: object, udev = true): string[] {
  const facts = { ...machineFacts, liveSystem: { ...machineFacts.liveSystem, udev } };
  const { steps } = raid.plan("root", table(values), planContext(devices, facts));
  return steps.flatMap((step) => raid.step.commands(step).map(formatCommand));
}

test("a mirror is made without a question, with everything told that versions of mdadm differ in", () => {
  expect(commands(mirror)).toEqual([
    "mdadm --create /dev/md/root --run --level=1 --metadata=1.2 --raid-devices=2 " +
      "--uuid=87bf2449:1a8d5b4a:b74849b5:593a666b --homehost=any --name=root --bitmap=none " +
      "--data-offset=5120K --size=4189184K /dev/vda1 /dev/vda2",
    "wipefs --all /dev/md/root",
    "mdadm --detail --export /dev/md/root",
  ]);
});

test("without udev mdadm is told so, or it would wait for nodes that nobody makes", () => {
  expect(commands(mirror, false)[0]).toStartWith("env MDADM_NO_UDEV=1 mdadm --create ");
});

test("stripes have a chunk and no bitmap, and as much of each device as it has", () => {
  const [create] = commands({ level: 0, devices: ["main.p1", "main.p2"], chunk: "64KiB" });
  expect(create).toContain(" --chunk=64K --data-offset=");
  expect(create).not.toMatch(/--bitmap|--size/);
});

test("large arrays with redundancy get a write-intent bitmap, as mdadm would", () => {
  const large = devices.map((device) => ({ ...device, size: 2 ** 40 }));
  const { steps } = raid.plan("root", mirror, planContext(large));
  expect(steps.flatMap((step) => raid.step.commands(step))[0]).toContain("--bitmap=internal");
});

test("the UUID is shown as blkid and as mdadm.conf have it", () => {
  const { steps } = raid.plan("root", mirror, planContext(devices));
  expect(steps.map((step) => raid.step.details?.(step))).toEqual([
    ["UUID=87bf2449-1a8d-5b4a-b748-49b5593a666b  mdadm: UUID=87bf2449:1a8d5b4a:b74849b5:593a666b"],
  ]);
});

/** Whether firmware sees an EFI system partition through an array of three. */
function isEsp(values: object): boolean | undefined {
  const members = { devices: ["main.p1", "main.p2", "main.p3"] };
  const { devices: given } = raid.plan(
    "esp",
    table({ ...members, ...values }),
    planContext(devices),
  );
  return given[0]?.isEfiSystemPartition;
}

test("firmware sees an EFI system partition through a mirror with its superblock at the end, and no other", () => {
  expect(isEsp({ level: 1, metadata: "1.0" })).toBe(true);
  expect(isEsp({ level: 1, metadata: "0.90" })).toBe(true);
  expect(isEsp({ level: 1 })).toBe(false);
  expect(isEsp({ level: 5, metadata: "1.0" })).toBe(false);
});

test("an array is on the disks of all its members, and each level needs its kernel module", () => {
  const { devices: given, steps } = raid.plan("root", mirror, planContext(devices));
  expect(given[0]?.disks).toEqual(["/dev/vd1", "/dev/vd2"]);
  const modules = (level: number) =>
    raid
      .plan("x", table({ level, devices: ["main.p1", "main.p2", "main.p3"] }), planContext(devices))
      .steps.flatMap((step) => raid.step.kernelModules?.(step));
  expect(steps.flatMap((step) => raid.step.kernelModules?.(step))).toEqual(["md-mod", "raid1"]);
  expect(modules(5)).toEqual(["md-mod", "raid456"]);
});

test.each([
  [{ level: 5, devices: ["a", "b"] }, "expected at least 3 devices for level 5"],
  [{ level: 1, devices: ["a"] }, "expected at least two devices"],
  [{ level: 2, devices: ["a", "b"] }, "expected a level of md: 0, 1, 4, 5, 6, 10"],
  [{ level: 1, devices: ["a", "b"], chunk: "64KiB" }, "expected none: a mirror has no chunks"],
  [
    { level: 0, devices: ["a", "b"], chunk: "65KiB" },
    "expected a power of two from 4KiB on, such as 512KiB",
  ],
])("%j is no array", (values, message) => {
  const { issues = [] } = v.safeParse(raid.schema, values);
  expect(issues.map((issue) => issue.message)).toContain(message);
});

/** Plans a mirror of that name on two devices that are otherwise so. */
function planned(name: string, more: object) {
  const members = [1, 2].map((number) => partition(number, more));
  return () => raid.plan(name, mirror, planContext(members));
}

test("an array is refused that overwrites what is kept, or is too small", () => {
  expect(refusal(planned("root", { kept: true }))).toBe(
    "raid.root: raid.root would overwrite main.p1 (/dev/vda1), which is to be kept",
  );
  expect(refusal(planned("root", { size: 2 ** 20 }))).toBe(
    "raid.root: raid.root: its devices are too small: main.p1 1 MiB, main.p2 1 MiB",
  );
});

test("an array is refused whose name a running array on another disk has", () => {
  const other = {
    ...emptyDisk,
    path: "/dev/sdx",
    holders: [{ kind: "md" as const, device: "/dev/sdx1", name: "md127" }],
    groups: [
      { kind: "array" as const, device: "/dev/sdx1", uuid: "u-u-i-d", name: "oldhost:root" },
    ],
  };
  const plan = (disk: typeof other) => () =>
    raid.plan("root", mirror, planContext(devices, { ...machineFacts, disks: [disk] }));
  expect(refusal(plan(other))).toContain("/dev/sdx1 belongs to another array of the name root");
  expect(refusal(plan({ ...other, holders: [] }))).toBe("accepted");
  expect(refusal(plan({ ...other, path: "/dev/vd1" }))).toContain("belongs to another array");
});
