import { expect, test } from "bun:test";
import { judgeLayout } from "../../../../src/plan/preflight/layout.ts";
import { type Changes, layoutInputs, told } from "./judged.ts";

const mainSwap = "ee94bdf5-9ebf-53a1-a024-98716e1c31c1";
const withoutResume = { kernelParameters: [] };

async function found(changes: Changes) {
  return judgeLayout(await layoutInputs("swap", changes));
}

test("a swap device that nothing will be", async () => {
  const findings = await found({
    fstab: (text) => text.replace(mainSwap, "0b1fd7d2-0000-4000-8000-000000000000"),
  });
  expect(findings.map(({ id }) => id)).toEqual([
    "preflight/fstab-swap-missing",
    "preflight/swap-not-in-fstab",
  ]);
  expect(findings[0]?.hint).toContain(
    `swapDevices = [ { device = "/dev/disk/by-uuid/${mainSwap}"; } ]`,
  );
});

test("a swap device without which the system boots", async () => {
  const line = "LABEL=more none swap nofail";
  expect(told(await found({ fstab: (text) => `${text}\n${line}` }))).toEqual([]);
});

test("swap to what carries something else", async () => {
  const [finding] = await found({ fstab: (text) => `${text}\nLABEL=nixos none swap defaults` });
  expect(finding?.id).toBe("preflight/fstab-swap-mismatch");
  expect(finding?.message).toContain("main.root (UUID=");
  expect(finding?.message).toEndWith("but it will carry ext4");
});

test("swap that the manifest leaves empty for a random key, and the system uses as it is", async () => {
  const findings = await found({
    fstab: (text) => text.replace("/dev/mapper/dev-disk-byx2dpartlabel-random", "PARTLABEL=random"),
  });
  expect(told(findings)).toEqual([
    expect.stringMatching(
      /^preflight\/fstab-swap-mismatch swapDevices: .* main\.random \(PARTUUID=.*, PARTLABEL=random\), but the manifest leaves it empty \(random-encryption\)$/,
    ),
  ]);
});

test("encrypting anew at every boot what carries something else is never allowed", async () => {
  const findings = await found({
    fstab: (text) => text.replace("partlabel-random", "label-nixos"),
  });
  expect(findings.map(({ id, severity }) => [id, severity])).toContainEqual([
    "preflight/swap-overwrites",
    "error",
  ]);
});

test("a swap file that the manifest does not make is a note: NixOS may make it", async () => {
  const findings = await found({ fstab: (text) => `${text}\n/var/more none swap defaults` });
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/fstab-swap-file", "note"],
  ]);
});

test("swap of the manifest that the system does not use", async () => {
  const findings = await found({
    fstab: (text) => text.replaceAll(/.* swap .*/g, ""),
    system: withoutResume,
  });
  expect(findings.map(({ id, object, severity }) => [id, object, severity])).toEqual([
    ["preflight/swap-not-in-fstab", "swap.main", "warning"],
    ["preflight/swap-not-in-fstab", "swap.file", "warning"],
    ["preflight/swap-not-in-fstab", "swap.random", "warning"],
  ]);
});

test("a resume device that nothing will be", async () => {
  const findings = await found({ system: { kernelParameters: ["resume=LABEL=hibernate"] } });
  expect(told(findings)).toEqual([
    "preflight/resume-mismatch boot.resumeDevice: the system resumes from LABEL=hibernate, and nothing on this machine will be that",
  ]);
  expect(findings[0]?.hint).toContain(mainSwap);
});

test("a resume device that is no swap, or another one at every boot", async () => {
  const [plain] = await found({ system: { kernelParameters: ["resume=LABEL=nixos"] } });
  expect(plain?.id).toBe("preflight/resume-mismatch");
  expect(plain?.message).toContain("will carry ext4 instead of swap");
  const [random] = await found({ system: { kernelParameters: ["resume=PARTLABEL=random"] } });
  expect(random?.id).toBe("preflight/resume-mismatch");
  expect(random?.message).toContain("with a new key");
});

test("resuming from a file at a place that nobody can know", async () => {
  const findings = await found({
    system: { kernelParameters: ["resume=LABEL=nixos", "resume_offset=4711"] },
  });
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/resume-offset", "warning"],
  ]);
});

test("swap to resume from that is smaller than the memory", async () => {
  const GiB = 2 ** 30;
  const findings = await found({ facts: { memory: { total: 4 * GiB, available: 3 * GiB } } });
  expect(told(findings)).toEqual([
    "preflight/resume-size boot.resumeDevice: the system hibernates to main.swap with 256 MiB, and the machine has 4 GiB of memory",
  ]);
});
