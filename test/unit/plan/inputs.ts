import type { Closure } from "../../../src/cache/closure.ts";
import type { Disk, Facts } from "../../../src/facts/facts.ts";
import { parseManifest } from "../../../src/manifest/parse.ts";
import type { PlanInputs } from "../../../src/plan/make-plan.ts";
import { stepPrograms } from "../../../src/plan/programs.ts";
import { hostManifest } from "../../support/host-manifest.ts";
import { matchingSystem } from "../../support/matching-system.ts";

const GiB = 2 ** 30;

const toplevel = "/nix/store/0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz-nixos-system-host-26.05";

/** An empty disk of 8 GiB. */
export const emptyDisk: Disk = {
  path: "/dev/vda",
  size: 8 * GiB,
  logicalSectorSize: 512,
  physicalSectorSize: 512,
  readOnly: false,
  removable: false,
  rotational: false,
  serial: "landfall-main",
  links: ["/dev/disk/by-id/virtio-landfall-main"],
  partitions: [],
  holders: [],
  signatures: [],
};

/** A machine with 4 GiB of memory, one empty disk and every program. */
export const machineFacts: Facts = {
  system: "x86_64-linux",
  firmware: { kind: "uefi", bits: 64, efiVariables: "writable" },
  memory: { total: 4 * GiB, available: 3 * GiB },
  liveSystem: {
    id: "debian",
    name: "Debian GNU/Linux 12",
    kernel: "6.1.0",
    rootType: "overlay",
    udev: true,
  },
  clock: {
    now: Date.UTC(2026, 10, 24),
    newest: { what: "the installer", made: Date.UTC(2026, 10, 23) },
  },
  network: {
    interfaces: [{ name: "eth0", state: "up", addresses: ["10.0.2.15/24"] }],
    routes: [{ destination: "default", gateway: "10.0.2.2", interface: "eth0" }],
    resolvers: ["10.0.2.3"],
  },
  disks: [emptyDisk],
  tools: Object.fromEntries(stepPrograms.map((program) => [program, `/usr/sbin/${program}`])),
  versions: {},
  mappings: [],
  missingKernelModules: [],
};

const closure: Closure = {
  toplevel,
  substituters: ["https://cache.example.org/"],
  paths: [],
  downloadSize: 300 * 2 ** 20,
  narSize: GiB,
};

/** Inputs of a plan for a firmware, with anything but the firmware replaceable. */
export function planInputs(
  firmware: "uefi" | "bios",
  changes: { readonly facts?: Partial<Facts>; readonly manifest?: (text: string) => string } = {},
): PlanInputs {
  const text = hostManifest({
    firmware,
    toplevel,
    substituter: "https://cache.example.org",
    publicKey: "cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=",
    tarball: "/root/nix.tar.xz",
  });
  const { manifest } = parseManifest({
    file: "host.toml",
    text: changes.manifest?.(text) ?? text,
  });
  const facts = {
    ...machineFacts,
    ...(firmware === "bios" ? { firmware: { kind: "bios" } as const } : {}),
    ...changes.facts,
  };
  return {
    manifest,
    facts,
    system: matchingSystem(manifest, facts, closure),
    root: "/mnt",
    tarballSize: 20 * 2 ** 20,
  };
}
