import { isNixStore } from "../../cache/nix-store/store-address.ts";
import type { Network } from "../../facts/network.ts";
import type { Reach } from "../../facts/reach.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { MachineInputs } from "./inputs.ts";

const failureWords: Readonly<Record<string, string>> = {
  ENOTFOUND: "no resolver knows it",
  EAI_AGAIN: "no resolver answers",
};

/** How the machine is connected, a line for each thing that could be wrong. */
function describeNetwork({ interfaces, routes, resolvers }: Network): string[] {
  const defaults = routes.filter(({ destination }) => destination === "default");
  return [
    ...interfaces.map(
      ({ name, state, addresses }) =>
        `  ${name}: ${state}, ${addresses.length === 0 ? "no address" : addresses.join(", ")}`,
    ),
    ...(interfaces.length === 0 ? ["  no network interface"] : []),
    ...defaults.map(
      (route) => `  default route: ${route.gateway ?? "direct"} on ${route.interface}`,
    ),
    ...(defaults.length === 0 ? ["  no default route"] : []),
    `  resolvers: ${resolvers.length === 0 ? "none in /etc/resolv.conf" : resolvers.join(", ")}`,
  ];
}

/** Why a server cannot be reached; `undefined` when nothing is known to stand in the way. */
function obstacle(reach: Reach): "name" | "route" | undefined {
  if (reach.addresses.length === 0) return "name";
  return reach.routed.length === 0 ? "route" : undefined;
}

function message(reach: Reach, network: Network): string {
  const { host, url, addresses, isProxy, failure = "" } = reach;
  const proxied = isProxy ? `, the proxy through which ${url} is asked,` : "";
  const first =
    obstacle(reach) === "name"
      ? `the name ${host}${proxied} does not resolve: ${failureWords[failure] ?? failure}`
      : `no route leads to ${host}${proxied} (${addresses.join(", ")})`;
  return [first, ...describeNetwork(network)].join("\n");
}

const hints = {
  name: "Check the name; connect the network, and name a resolver in /etc/resolv.conf.",
  route: "Connect the network and set a default route, for example with DHCP.",
} as const;

/** Whether the manifest has a cache that needs no network, or is reached by other programs. */
function hasOtherSource(substituters: readonly string[]): boolean {
  return substituters.some((each) => isNixStore(each) || !/^https?:/i.test(each));
}

/**
 * Whether names resolve and routes lead to the servers that the manifest names. A cache that cannot be reached is only
 * warned of where another may have everything. Pure.
 */
export function judgeServers({ manifest, facts }: MachineInputs): Finding[] {
  const servers = facts.servers ?? [];
  const caches = servers.filter(({ object }) => object === "cache.substituters");
  const isLost =
    caches.every((cache) => obstacle(cache) !== undefined) &&
    !hasOtherSource(manifest.cache.substituters);
  return servers.flatMap((server) => {
    const found = obstacle(server);
    if (found === undefined) return [];
    const text = message(server, facts.network);
    const isCache = server.object === "cache.substituters";
    if (isCache && !isLost) {
      return [makeFinding("preflight/cache-unreachable", server.object, text, hints[found])];
    }
    const id = found === "name" ? "preflight/name-unresolved" : "preflight/no-route";
    return [makeFinding(id, server.object, text, hints[found])];
  });
}

/** Whether findings say that nothing can be asked over the network. */
export function isOffline(findings: readonly Finding[]): boolean {
  return findings.some(
    ({ id, severity, object }) =>
      severity === "error" &&
      object === "cache.substituters" &&
      (id === "preflight/name-unresolved" || id === "preflight/no-route"),
  );
}
