import { describe, expect, test } from "bun:test";
import { makePlan } from "../../../src/plan/make-plan.ts";
import { howToGet } from "../../../src/plan/packages.ts";
import { judgeTools } from "../../../src/plan/preflight/live-system.ts";
import { stepPrograms } from "../../../src/plan/programs.ts";
import { toolsOf } from "../../../src/plan/tools.ts";
import { usedMachines } from "./golden-used.ts";
import { machineFacts, planInputs } from "./inputs.ts";

const { steps } = makePlan(planInputs("uefi"));

/** What is told on a machine that lacks some programs. */
function told(missing: readonly string[], id = "debian") {
  const tools = Object.fromEntries(
    Object.entries(machineFacts.tools).filter(([name]) => !missing.includes(name)),
  );
  const liveSystem = { ...machineFacts.liveSystem, id };
  return judgeTools(steps, { ...machineFacts, tools, liveSystem });
}

test("a program is told with its path, its version, and the objects it is run for", () => {
  const tools = toolsOf(steps, { ...machineFacts, versions: { sfdisk: "2.38.1" } });
  expect(tools.find(({ name }) => name === "sfdisk")).toEqual({
    name: "sfdisk",
    from: "live-system",
    path: "/usr/sbin/sfdisk",
    version: "2.38.1",
    neededBy: ["disk.main"],
  });
  expect(tools.find(({ name }) => name === "mount")?.neededBy).toEqual([
    'filesystem."/"',
    'filesystem."/boot"',
  ]);
  expect(tools.find(({ from }) => from === "portable-store")).toMatchObject({
    path: expect.stringMatching(/^\/nix\/var\/nix\/profiles\/default\/bin\//),
  });
});

test("programs are told that no command of the plan begins with, and what they are needed for", async () => {
  const { tools } = (await usedMachines["used-disk"]?.()) ?? { tools: [] };
  const neededBy = (program: string) => tools.find(({ name }) => name === program)?.neededBy;
  // Behind nsenter(1).
  expect(neededBy("umount")).toEqual(["disk.main"]);
  // To look at what was made.
  expect(neededBy("wipefs")).toEqual(["disk.main", 'filesystem."/"', 'filesystem."/boot"']);
  expect(neededBy("chroot")).toEqual(["system", "boot"]);
  expect(neededBy("nix-store")).toEqual(["portable-store"]);
});

test("what Nix runs by itself is told", async () => {
  const { tools } = (await usedMachines["nix-store"]?.()) ?? { tools: [] };
  expect(tools.find(({ name }) => name === "ssh")?.neededBy).toEqual(["cache"]);
  expect(tools.find(({ name }) => name === "nix")?.from).toBe("portable-store");
});

describe("a program that is missing", () => {
  test("is told with the object that needs it and the package of the live system", () => {
    expect(told(["mkfs.vfat"])).toEqual([
      {
        id: "preflight/program-missing",
        severity: "error",
        object: 'filesystem."/boot"',
        message: "the live system has no mkfs.vfat",
        hint: "Install it (apt-get install dosfstools), or start another live system.",
      },
    ]);
    expect(told(["mkfs.vfat"], "nixos")[0]?.hint).toContain("nix-shell -p dosfstools");
  });

  test("is told with the packages of all managers where it is not known which there is", () => {
    expect(told(["sfdisk"], "slax")[0]?.hint).toBe(
      "Install it (apt-get install fdisk; dnf install util-linux; pacman -Sy util-linux; apk add sfdisk; nix-shell -p util-linux), or start another live system.",
    );
  });

  test("is told with all others, once for each package", () => {
    const findings = told(["mkfs.vfat", "sfdisk", "partx", "mount"], "arch");
    expect(findings.map(({ object, message }) => `${object}: ${message}`)).toEqual([
      'disk.main: the live system has no sfdisk, mount (needed by disk.main, filesystem."/", filesystem."/boot")',
      'filesystem."/boot": the live system has no mkfs.vfat',
    ]);
  });
});

test("for every program that a step runs, a package is known on every live system", () => {
  for (const program of stepPrograms) {
    for (const id of ["debian", "fedora", "arch", "alpine", "nixos"]) {
      expect(howToGet(program, { id }), `${program} on ${id}`).toMatch(/^Install it \(/);
    }
  }
});
