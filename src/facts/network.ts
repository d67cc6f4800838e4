import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { listDirectory, readAttribute } from "./sysfs.ts";

/** A network interface, the loopback left out. */
interface NetworkInterface {
  /** `eth0` */
  readonly name: string;
  /** Its hardware address: `52:54:00:12:34:56`. */
  readonly mac?: string;
  /** The kernel's word for its state: `up`, `down`, `unknown` (a driver that does not tell) … */
  readonly state: string;
  /** With the length of the prefix: `10.0.2.15/24`. */
  readonly addresses: readonly string[];
}

/** A route of the main table to a network. */
export interface Route {
  /** `default`, or a network: `10.0.2.0/24`. */
  readonly destination: string;
  readonly gateway?: string;
  readonly interface: string;
}

/** How the live system reaches others. */
export interface Network {
  readonly interfaces: readonly NetworkInterface[];
  readonly routes: readonly Route[];
  /** Addresses of the servers that names are asked of, from resolv.conf(5). */
  readonly resolvers: readonly string[];
}

/** An IPv4 address of `/proc/net/route`: its bytes as a little-endian number in hexadecimal. */
function addressFromHex(hex: string): string {
  return [...Buffer.from(hex, "hex")].toReversed().join(".");
}

/** The number of leading ones of a network mask. */
function prefixLength(mask: string): number {
  const ones = mask.split(".").map((byte) => Number(byte).toString(2).replaceAll("0", "").length);
  return ones.reduce((sum, count) => sum + count, 0);
}

/** Parses `/proc/net/route` (the kernel's `net/ipv4/fib_trie.c`): the routes that are up (RTF_UP). */
export function parseRoutes(text: string): Route[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [name, destination, gateway, flags, , , , mask] = line.trim().split(/\s+/);
      if (name === undefined || destination === undefined || mask === undefined) return [];
      if ((Number.parseInt(flags ?? "0", 16) & 1) === 0) return [];
      const length = prefixLength(addressFromHex(mask));
      const to = length === 0 ? "default" : `${addressFromHex(destination)}/${length}`;
      const via = addressFromHex(gateway ?? "00000000");
      return [{ destination: to, ...(via === "0.0.0.0" ? {} : { gateway: via }), interface: name }];
    });
}

/** An IPv6 address in the canonical form, from 32 hexadecimal digits. */
function address6FromHex(hex: string): string {
  const groups = (hex.match(/.{4}/g) ?? []).join(":");
  return URL.parse(`http://[${groups}]/`)?.hostname.slice(1, -1) ?? groups;
}

/** Parses `/proc/net/ipv6_route`: the routes to networks; those to single and multicast addresses are the kernel's own. */
export function parseRoutes6(text: string): Route[] {
  return text.split("\n").flatMap((line) => {
    const [destination, length, , , gateway, , , , flags, name] = line.trim().split(/\s+/);
    if (destination === undefined || length === undefined || name === undefined) return [];
    const prefix = Number.parseInt(length, 16);
    const isUp = (Number.parseInt(flags ?? "0", 16) & 1) !== 0;
    if (name === "lo" || !isUp || prefix === 128 || /^(?:ff|fe8)/.test(destination)) return [];
    const to = prefix === 0 ? "default" : `${address6FromHex(destination)}/${prefix}`;
    const via = address6FromHex(gateway ?? "");
    return [{ destination: to, ...(via === "::" ? {} : { gateway: via }), interface: name }];
  });
}

/** The servers that resolv.conf(5) names. */
export function parseResolvers(text: string): string[] {
  return [...text.matchAll(/^nameserver\s+(?<address>\S+)/gm)].flatMap(
    ({ groups }) => groups?.address ?? [],
  );
}

/** The interfaces, routes and resolvers of the live system. */
export async function readNetwork(): Promise<Network> {
  const addresses = networkInterfaces();
  const names = (await listDirectory("/sys/class/net")).filter((name) => name !== "lo");
  const interfaces = names.map(async (name): Promise<NetworkInterface> => {
    const mac = await readAttribute(join("/sys/class/net", name, "address"));
    return {
      name,
      ...(mac === undefined || /^(?:00:)*00$/.test(mac) ? {} : { mac }),
      state: (await readAttribute(join("/sys/class/net", name, "operstate"))) ?? "unknown",
      addresses: (addresses[name] ?? []).map(({ cidr, address }) => cidr ?? address),
    };
  });
  return {
    interfaces: await Promise.all(interfaces),
    routes: [
      ...parseRoutes((await readAttribute("/proc/net/route")) ?? ""),
      ...parseRoutes6((await readAttribute("/proc/net/ipv6_route")) ?? ""),
    ],
    resolvers: parseResolvers((await readAttribute("/etc/resolv.conf")) ?? ""),
  };
}
