import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import { errorCode } from "../errors.ts";
import { proxyFor } from "../http/proxy.ts";

/** How the machine reaches a server that the install fetches from, as far as that is known before it is asked. */
export interface Reach {
  /** What of the manifest names it: `cache.substituters`. */
  readonly object: string;
  /** Its address without user name and password: `https://cache.example.org`. */
  readonly url: string;
  /** The host that is connected to: the server, or the proxy in front of it. */
  readonly host: string;
  /** Whether `host` is a proxy that the environment names. */
  readonly isProxy: boolean;
  /** The addresses of the host; empty when its name does not resolve. */
  readonly addresses: readonly string[];
  /** What the resolver said when it gave no address: `ENOTFOUND`, `EAI_AGAIN`. */
  readonly failure?: string;
  /** Those of the addresses to which the kernel has a route. */
  readonly routed: readonly string[];
  /** Seconds that the machine's clock is ahead of the server's, negative when behind; left out until it was asked. */
  readonly clockAhead?: number;
}

/** Whether the kernel has a route to an address: connecting a datagram socket asks for one, and sends nothing. */
async function hasRoute(address: string): Promise<boolean> {
  const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false));
      socket.connect(443, address, (...failures: unknown[]) =>
        resolve(failures.every((failure) => failure === undefined || failure === null)),
      );
    });
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

/** A host name as resolvers take it: an IPv6 address without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** The addresses of a host, in the way of the requests that follow. */
async function lookUp(host: string): Promise<{ addresses: string[]; failure?: string }> {
  if (isIP(host) !== 0) return { addresses: [host] };
  try {
    const found = await Bun.dns.lookup(host, { backend: "libc" });
    return { addresses: [...new Set(found.map(({ address }) => address))] };
  } catch (error) {
    const failure = (errorCode(error) ?? "unknown").replace(/^DNS_/, "");
    return { addresses: [], failure };
  }
}

/**
 * Looks up the host of an address and asks the kernel for routes to it. Nothing is sent but the resolver's questions.
 *
 * @param object What of the manifest names the address.
 */
export async function probeReach(
  object: string,
  url: URL,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Reach> {
  const proxy = proxyFor(url, environment);
  const host = hostOf(proxy ?? url);
  const { addresses, failure } = await lookUp(host);
  const routes = await Promise.all(addresses.map(hasRoute));
  return {
    object,
    url: `${url.protocol}//${url.host}`,
    host,
    isProxy: proxy !== undefined,
    addresses,
    ...(failure === undefined ? {} : { failure }),
    routed: addresses.filter((_, index) => routes[index]),
  };
}
