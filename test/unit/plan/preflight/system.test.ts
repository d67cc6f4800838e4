import { expect, test } from "bun:test";
import { judgeArchitecture } from "../../../../src/plan/preflight/architecture.ts";
import { judgeEtcOverlay } from "../../../../src/plan/preflight/etc-overlay.ts";
import { layoutInputs } from "./judged.ts";

async function architecture(machine: string, system: string) {
  const inputs = await layoutInputs("uefi-ext4", {
    facts: { system: machine },
    system: { system },
  });
  return judgeArchitecture(inputs).map(({ id }) => id);
}

test("a system for another architecture", async () => {
  expect(await architecture("x86_64-linux", "aarch64-linux")).toEqual(["preflight/architecture"]);
  expect(await architecture("i686-linux", "x86_64-linux")).toEqual(["preflight/architecture"]);
  expect(await architecture("aarch64-linux", "aarch64-linux")).toEqual([]);
});

test("a system with 32 bits that the machine may run", async () => {
  expect(await architecture("x86_64-linux", "i686-linux")).toEqual([
    "preflight/architecture-32-bit",
  ]);
  expect(await architecture("aarch64-linux", "armv7l-linux")).toEqual([
    "preflight/architecture-32-bit",
  ]);
});

async function overlay(kernel: string, missing: readonly string[], hasEtcOverlay = true) {
  const { facts } = await layoutInputs("uefi-ext4");
  const inputs = await layoutInputs("uefi-ext4", {
    facts: {
      liveSystem: { ...facts.liveSystem, kernel },
      missingKernelModules: missing,
    },
    system: { hasEtcOverlay },
  });
  return judgeEtcOverlay(inputs).map(({ message }) => message.replace(/.*, and /, ""));
}

test("an overlay for /etc wants a live system that can mount it", async () => {
  expect(await overlay("6.12.4-arch1-1", [])).toEqual([]);
  expect(await overlay("6.12.4-arch1-1", ["erofs"])).toEqual([
    "the live system's kernel 6.12.4-arch1-1 has no module erofs",
  ]);
  expect(await overlay("6.1.0-41-amd64", [])).toEqual([
    "the live system's kernel 6.1.0-41-amd64 is older than 6.5",
  ]);
  expect(await overlay("6.1.0-41-amd64", ["erofs"], false)).toEqual([]);
});
