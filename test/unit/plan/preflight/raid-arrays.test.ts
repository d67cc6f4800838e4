import { expect, test } from "bun:test";
import { formatMdUuid } from "../../../../src/disk/raid/mdadm.ts";
import { judgeLayout } from "../../../../src/plan/preflight/layout.ts";
import { type Changes, layoutInputs, told } from "./judged.ts";

async function found(changes: Changes) {
  return judgeLayout(await layoutInputs("raid-data", changes));
}

/** The line of mdadm.conf that gives an array of the layout a node. */
async function arrayLine(name: string, node: string): Promise<string> {
  const { storage } = await layoutInputs("raid-data");
  const step = storage.steps.find((each) => each.kind === "raid" && each.name === name);
  if (step?.kind !== "raid") throw new Error(`no array ${name}`);
  return `ARRAY ${node} metadata=1.2 UUID=${formatMdUuid(step.uuid)}\n`;
}

const named = (from: string, to: string) => (text: string) => text.replace(from, to);

test("a system finds an array by its name", async () => {
  const fstab = named("/dev/disk/by-label/nixos", "/dev/md/root");
  expect(told(await found({ fstab }))).toEqual([]);
  const other = named("/dev/disk/by-label/nixos", "/dev/md/system");
  const findings = await found({ fstab: other });
  expect(findings.map(({ id }) => id)).toEqual(["preflight/fstab-root-mismatch"]);
});

test("mdadm.conf of the initrd names an array otherwise", async () => {
  const initrd = { mdadmConfig: await arrayLine("root", "/dev/md/system") };
  const fstab = named("/dev/disk/by-label/nixos", "/dev/md/system");
  expect(told(await found({ fstab, initrd }))).toEqual([]);
  const own = named("/dev/disk/by-label/nixos", "/dev/md/root");
  expect((await found({ fstab: own, initrd })).map(({ id }) => id)).toEqual([
    "preflight/fstab-root-mismatch",
  ]);
});

test("an array has the kernel's number that mdadm.conf gives it, and no other", async () => {
  const fstab = named("/dev/disk/by-label/nixos", "/dev/md0");
  const findings = await found({ fstab });
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/fstab-root-mismatch", "error"],
  ]);
  expect(findings[0]?.hint).toMatch(
    /^In the NixOS configuration set fileSystems\."\/"\.device = "\/dev\/disk\/by-uuid\/[0-9a-f-]+", or add "ARRAY \/dev\/md0 UUID=[0-9a-f:]{35}" to boot\.swraid\.mdadmConf\.$/,
  );
  const initrd = { mdadmConfig: await arrayLine("root", "/dev/md0") };
  expect(told(await found({ fstab, initrd }))).toEqual([]);
  const others = { mdadmConfig: await arrayLine("safe", "/dev/md0") };
  expect((await found({ fstab, initrd: others })).map(({ id }) => id)).toContain(
    "preflight/fstab-root-mismatch",
  );
});

test("a number that the kernel chooses may be another array's", async () => {
  const fstab = named("/dev/disk/by-label/nixos", "/dev/md127");
  expect(told(await found({ fstab }))).toEqual([
    'preflight/fstab-kernel-name fileSystems."/": the system\'s etc/fstab finds / as /dev/md127, which may be another array at the next boot',
  ]);
});

const callRootMd0 = (text: string) =>
  text.replace("[raid.root]", "[raid.md0]").replace('device = "root"', 'device = "md0"');

test.each(["/dev/md0", "/dev/md127"])(
  "an array whose name is a node's may be %s, and may not",
  async (device) => {
    const fstab = named("/dev/disk/by-label/nixos", device);
    expect(told(await found({ manifest: callRootMd0, fstab }))).toEqual([
      `preflight/fstab-kernel-name fileSystems."/": the system's etc/fstab finds / as ${device}, which may be another array at the next boot`,
    ]);
  },
);

test("without mdadm in the initrd its driver alone assembles nothing", async () => {
  const findings = await found({ initrd: { hasMdadm: false, mdadmConfig: "" } });
  expect(told(findings)[0]).toBe(
    "preflight/raid-not-assembled raid.root: the system needs it for /, and its initrd assembles no arrays",
  );
});

const dataArray = "/dev/disk/by-label/data5 /data5";

/** The data may be missing when the system boots. */
const withoutNeed = (text: string) =>
  text.replace(`${dataArray} ext4 defaults`, `${dataArray} ext4 nofail`);

test("an array that nothing assembles after the initrd either", async () => {
  const { system } = await layoutInputs("raid-data");
  const changes = { initrd: { hasMdadm: false } };
  const late = (await found(changes)).filter(({ object }) => object !== "raid.root");
  expect(late.map(({ message }) => message)).toContain(
    "the system needs it for /data5, and neither it nor its initrd has mdadm",
  );
  const mdadm = {
    ...system.closure,
    paths: [
      {
        storePath: "/nix/store/0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz-mdadm-4.4",
        narHash: `sha256:${"0".repeat(52)}`,
        narSize: 1,
        narUrl: "nar/0.nar",
        compression: "none" as const,
        references: [],
        signatures: [],
        substituter: "https://cache.example.org/",
      },
    ],
  };
  const findings = await found({
    ...changes,
    system: { closure: { ...system.closure, ...mdadm } },
  });
  expect(findings.map(({ object }) => object)).toEqual(["raid.root"]);
  expect(
    (await found({ ...changes, fstab: withoutNeed })).map(({ message }) => message),
  ).not.toContain("the system needs it for /data5, and neither it nor its initrd has mdadm");
});

test("the system's own mdadm.conf may keep an array from being assembled, or name one that is not there", async () => {
  const refusing = {
    initrd: { mdadmConfig: "AUTO -all\n" },
    system: { mdadmConfig: "AUTO -all\n" },
  };
  expect(told(await found(refusing))).toContain(
    "preflight/raid-not-assembled raid.safe: the system needs it for /data5, and it is told by its etc/mdadm.conf not to assemble it",
  );
  const unknown = "ARRAY /dev/md/old UUID=01234567:89abcdef:01234567:89abcdef\n";
  const line =
    "names /dev/md/old by the UUID 01234567:89abcdef:01234567:89abcdef, which no array on this machine will have";
  expect(told(await found({ system: { mdadmConfig: unknown } }))).toEqual([
    `preflight/raid-array-unknown boot.swraid.mdadmConf: the system's etc/mdadm.conf ${line}`,
  ]);
  const both = { system: { mdadmConfig: unknown }, initrd: { mdadmConfig: unknown } };
  expect(told(await found(both))).toEqual([
    `preflight/raid-array-unknown boot.swraid.mdadmConf: the initrd's mdadm.conf ${line}`,
  ]);
});
