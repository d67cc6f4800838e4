import { describe, expect, test } from "bun:test";
import type { Facts } from "../../../../src/facts/facts.ts";
import type { Reach } from "../../../../src/facts/reach.ts";
import type { Finding } from "../../../../src/findings/finding.ts";
import { judgeClock } from "../../../../src/plan/preflight/clock.ts";
import { judgeEfiVariables } from "../../../../src/plan/preflight/efi-variables.ts";
import { judgeSecureBoot } from "../../../../src/plan/preflight/secure-boot.ts";
import { judgeSelinux } from "../../../../src/plan/preflight/selinux.ts";
import { isOffline, judgeServers } from "../../../../src/plan/preflight/servers.ts";
import { machineFacts, planInputs } from "../inputs.ts";

/** What is known of an install on a machine with something else about it. */
function inputs(facts: Partial<Facts>, manifest?: (text: string) => string) {
  return planInputs("uefi", { facts, ...(manifest === undefined ? {} : { manifest }) });
}

function ids(findings: readonly Finding[]): string[] {
  return findings.map(({ id, severity }) => `${severity} ${id}`);
}

describe("the clock", () => {
  const { newest } = machineFacts.clock;
  const cache: Reach = {
    object: "cache.substituters",
    url: "https://cache.example.org",
    host: "cache.example.org",
    isProxy: false,
    addresses: ["192.0.2.1"],
    routed: ["192.0.2.1"],
  };
  const atTime = (now: number, clockAhead?: number) =>
    judgeClock(
      inputs({
        clock: { now, newest },
        servers: [{ ...cache, ...(clockAhead === undefined ? {} : { clockAhead }) }],
      }),
    );

  test("is too early when it is before what exists already", () => {
    const findings = atTime(Date.UTC(2000, 0, 1, 0, 5));
    expect(ids(findings)).toEqual(["error preflight/clock-behind"]);
    expect(findings[0]?.message).toBe(
      "it says 2000-01-01 00:05 UTC, but the installer is no older than 2026-11-23: certificates would be taken for not yet valid",
    );
    expect(ids(atTime(newest.made - 3_600_000))).toEqual([]);
  });

  test("is off when a cache has another time, by how much and in which direction", () => {
    const now = Date.UTC(2027, 0, 1);
    expect(atTime(now, 7200)[0]?.message).toBe(
      "it says 2027-01-01 00:00 UTC, 2 hours ahead of that of https://cache.example.org",
    );
    expect(atTime(now, -3 * 365 * 86400)[0]?.message).toContain("3 years behind");
    expect(ids(atTime(now, 86400 * 40))).toEqual(["warning preflight/clock-off"]);
    expect(atTime(now, -90)).toEqual([]);
    expect(atTime(now)).toEqual([]);
  });
});

function withSelinux(selinux: "enforcing" | "permissive") {
  return inputs({ liveSystem: { ...machineFacts.liveSystem, selinux } });
}

test("SELinux is told of where it enforces", () => {
  expect(ids(judgeSelinux(withSelinux("enforcing")))).toEqual([
    "warning preflight/selinux-enforcing",
  ]);
  expect(judgeSelinux(withSelinux("permissive"))).toEqual([]);
});

describe("Secure Boot", () => {
  const { system } = planInputs("uefi");
  const judged = (
    secureBoot: boolean | undefined,
    loader: "systemd-boot" | "grub" | "other" | "none",
    setupMode = false,
  ) => {
    const firmware = {
      kind: "uefi",
      bits: 64,
      efiVariables: "writable",
      setupMode,
      ...(secureBoot === undefined ? {} : { secureBoot }),
    } as const;
    const known = { ...system, loader: { ...system.loader, loader } };
    return ids(judgeSecureBoot({ ...inputs({ firmware }), system: known }));
  };

  test("keeps a boot loader of nixpkgs from starting", () => {
    expect(judged(true, "systemd-boot")).toEqual(["error preflight/secure-boot"]);
    expect(judged(true, "grub")).toEqual(["error preflight/secure-boot"]);
  });

  test("may start a boot loader that signs itself", () => {
    expect(judged(true, "other")).toEqual(["warning preflight/secure-boot-unknown"]);
  });

  test("is no matter when it is off, unknown, in setup mode, or there is no loader", () => {
    expect(judged(false, "grub")).toEqual([]);
    expect(judged(undefined, "grub")).toEqual([]);
    expect(judged(true, "none")).toEqual([]);
    expect(judged(true, "grub", true)).toEqual(["note preflight/secure-boot-setup-mode"]);
  });
});

/** What is found of the variables of a firmware. */
function variables(
  firmware: Facts["firmware"],
  missingKernelModules: readonly string[] = [],
  manifest?: (text: string) => string,
) {
  return ids(judgeEfiVariables(inputs({ firmware, missingKernelModules }, manifest)));
}

function withoutVariables(text: string): string {
  return `${text}\n[boot]\nefi-variables = false\n`;
}

describe("the firmware's variables", () => {
  const uefi = { kind: "uefi", bits: 64, efiVariables: "writable" } as const;

  test("must be writable, and have room", () => {
    expect(variables(uefi)).toEqual([]);
    expect(variables({ ...uefi, freeSpace: 40_000 })).toEqual([]);
    expect(variables({ ...uefi, freeSpace: 300 })).toEqual(["error preflight/efi-variables-full"]);
    expect(variables({ ...uefi, efiVariables: "read-only" })).toEqual([
      "error preflight/efi-variables-read-only",
    ]);
  });

  test("can be mounted by the installer where the kernel has efivarfs", () => {
    const firmware = { ...uefi, efiVariables: "not-mounted" } as const;
    expect(variables(firmware)).toEqual(["note preflight/efi-variables-not-mounted"]);
    expect(variables(firmware, ["efivarfs"])).toEqual([
      "error preflight/efi-variables-unavailable",
    ]);
  });

  test("cannot be had from a kernel that was started without them", () => {
    const firmware = { ...uefi, efiVariables: "disabled" } as const;
    expect(variables(firmware)).toEqual(["error preflight/efi-variables-unavailable"]);
    expect(variables(firmware, [], withoutVariables)).toEqual([]);
  });

  test("are no matter where they are not to be written, and on a BIOS", () => {
    expect(variables({ ...uefi, efiVariables: "read-only" }, [], withoutVariables)).toEqual([]);
    expect(variables({ kind: "bios" })).toEqual([]);
  });
});

/** A cache with an address and a route to it, or with something else about it. */
function server(url: string, more: Partial<Reach> = {}): Reach {
  return {
    object: "cache.substituters",
    url,
    host: new URL(url).hostname,
    isProxy: false,
    addresses: ["192.0.2.1"],
    routed: ["192.0.2.1"],
    ...more,
  };
}

function judgedServers(servers: readonly Reach[], facts: Partial<Facts> = {}) {
  return judgeServers(inputs({ servers, ...facts }));
}

describe("a server that cannot be reached", () => {
  const unnamed = { addresses: [], routed: [], failure: "EAI_AGAIN" };

  test("is an error when no other cache is left, told with what the network is like", () => {
    const network = {
      interfaces: [
        { name: "eth0", state: "down", addresses: [] },
        { name: "wlan0", state: "up", addresses: ["10.0.2.15/24"] },
      ],
      routes: [],
      resolvers: [],
    };
    const findings = judgedServers([server("https://cache.example.org", unnamed)], { network });
    expect(ids(findings)).toEqual(["error preflight/name-unresolved"]);
    expect(findings[0]?.message.split("\n")).toEqual([
      "the name cache.example.org does not resolve: no resolver answers",
      "  eth0: down, no address",
      "  wlan0: up, 10.0.2.15/24",
      "  no default route",
      "  resolvers: none in /etc/resolv.conf",
    ]);
    expect(isOffline(findings)).toBe(true);
  });

  test("for want of a route is told with its addresses", () => {
    const findings = judgedServers([server("https://cache.example.org", { routed: [] })]);
    expect(ids(findings)).toEqual(["error preflight/no-route"]);
    expect(findings[0]?.message).toStartWith("no route leads to cache.example.org (192.0.2.1)");
  });

  test("is a warning when another cache may have everything", () => {
    const two = judgedServers([
      server("https://a.example.org", unnamed),
      server("https://b.example.org"),
    ]);
    expect(ids(two)).toEqual(["warning preflight/cache-unreachable"]);
    expect(isOffline(two)).toBe(false);
    const file = planInputs("uefi", {
      facts: { servers: [server("https://a.example.org", unnamed)] },
      manifest: (text) => text.replace("substituters = [", 'substituters = ["file:///media/usb", '),
    });
    expect(ids(judgeServers(file))).toEqual(["warning preflight/cache-unreachable"]);
  });

  test("of the portable store is an error whatever the caches are", () => {
    const tarball = { ...unnamed, object: "portable-store.tarball" };
    const findings = judgedServers([
      server("https://cache.example.org"),
      server("https://files.example.org", tarball),
    ]);
    expect(ids(findings)).toEqual(["error preflight/name-unresolved"]);
    expect(isOffline(findings)).toBe(false);
  });

  test("behind a proxy is told by the proxy", () => {
    const proxied = { ...unnamed, host: "proxy.example.org", isProxy: true };
    expect(judgedServers([server("https://cache.example.org", proxied)])[0]?.message).toStartWith(
      "the name proxy.example.org, the proxy through which https://cache.example.org is asked, does not",
    );
  });
});
