import { expect, test } from "bun:test";
import type { FileSystemSpace } from "../../../../src/facts/facts.ts";
import { judgeBootRoom } from "../../../../src/plan/preflight/boot-room.ts";
import type { PreflightInputs } from "../../../../src/plan/preflight/inputs.ts";
import { judgeRoom } from "../../../../src/plan/preflight/room.ts";
import { layoutInputs, told } from "./judged.ts";

const MiB = 2 ** 20;

/** The layout with a disk that is kept, which has a file system of 62 MiB, mounted there instead of on /archive. */
async function keptAt(
  mountPoint: string,
  space: Omit<FileSystemSpace, "device"> | undefined,
  loader: PreflightInputs["system"]["loader"],
): Promise<PreflightInputs> {
  const inputs = await layoutInputs("data-disks", {
    manifest: (text) =>
      text
        .replace(`[filesystem."${mountPoint}"]`, '[filesystem."/other"]')
        .replace('[filesystem."/archive"]', `[filesystem."${mountPoint}"]`),
    system: { loader, bootFiles: { kernel: 10 * MiB, initrd: 20 * MiB } },
  });
  const disks = inputs.facts.disks.map((disk) => {
    const [kept] = disk.partitions;
    return kept === undefined || space === undefined
      ? disk
      : { ...disk, space: [{ device: kept.path, ...space }] };
  });
  return { ...inputs, facts: { ...inputs.facts, disks } };
}

const systemdBoot = {
  loader: "systemd-boot",
  efiVariableUse: undefined,
  efiSysMountPoint: "/other",
  xbootldrMountPoint: "/boot",
} as const;

const grub = {
  loader: "grub",
  efiVariableUse: undefined,
  grub: [{ bootPath: "/boot", devices: ["nodev"], forBios: false, forUefi: true }],
} as const;

test("what is kept where kernels go leaves too little room", async () => {
  const findings = judgeBootRoom(await keptAt("/boot", { free: 29 * MiB }, systemdBoot));
  expect(told(findings)).toEqual([
    'preflight/boot-room filesystem."/boot": what the system boots from needs 30 MiB there (kernel 10 MiB, initrd 20 MiB), but what is kept on archive.archive leaves room for 29 MiB',
  ]);
  expect(findings[0]?.severity).toBe("error");
  expect(judgeBootRoom(await keptAt("/boot", { free: 30 * MiB }, systemdBoot))).toEqual([]);
});

test("a kept EFI system partition takes but the loader where kernels go elsewhere", async () => {
  const swapped = { ...systemdBoot, efiSysMountPoint: "/boot", xbootldrMountPoint: "/other" };
  expect(judgeBootRoom(await keptAt("/boot", { free: 2 * MiB }, swapped))).toEqual([]);
  expect(told(judgeBootRoom(await keptAt("/boot", { free: MiB / 2 }, swapped)))).toEqual([
    'preflight/boot-room filesystem."/boot": what the system boots from needs 1 MiB there (boot loader 1 MiB), but what is kept on archive.archive leaves room for 512 KiB',
  ]);
});

test("earlier kernels make room where the boot loader deletes them first", async () => {
  const space = { free: 20 * MiB, replaceable: 30 * MiB };
  expect(judgeBootRoom(await keptAt("/boot", space, systemdBoot))).toEqual([]);
  expect(judgeBootRoom(await keptAt("/boot", space, grub)).map(({ id }) => id)).toEqual([
    "preflight/boot-room",
  ]);
});

test("where the room is not known, the size counts", async () => {
  expect(judgeBootRoom(await keptAt("/boot", undefined, systemdBoot))).toEqual([]);
});

test("what is kept on the file system of the store is a warning: part of the system may be there", async () => {
  const small = { narSize: 40 * MiB };
  const judged = async (free: number) => {
    const inputs = await keptAt("/", { free }, systemdBoot);
    const closure = { ...inputs.system.closure, ...small };
    return judgeRoom({ ...inputs, system: { ...inputs.system, closure } });
  };
  const findings = await judged(20 * MiB);
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/room-kept", "warning"],
  ]);
  expect(told(findings)).toEqual([
    'preflight/room-kept filesystem."/": the system needs 44 MiB for /nix/store, less what of it is there already, but what is kept on archive.archive leaves room for 20 MiB',
  ]);
  expect(await judged(50 * MiB)).toEqual([]);
});
