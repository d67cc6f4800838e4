import { BlockList, isIP } from "node:net";

/**
 * The proxy through which an address is asked, by the environment: what `fetch` does with it, which is what curl does,
 * but takes `HTTP_PROXY`, too. To be told in messages, and looked at beforehand.
 *
 * @returns `undefined` without one. The address may hold a user name and password.
 */
export function proxyFor(url: URL, environment: NodeJS.ProcessEnv): URL | undefined {
  const own = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  const proxy = variable(own, environment) ?? variable("all_proxy", environment);
  if (proxy === undefined || isExcepted(url, variable("no_proxy", environment) ?? "")) {
    return undefined;
  }
  return URL.parse(proxy.includes("://") ? proxy : `http://${proxy}`) ?? undefined;
}

/** A variable in small letters, else in capital ones; one that is empty is none. */
function variable(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  return [environment[name], environment[name.toUpperCase()]].find(
    (value) => value !== undefined && value !== "",
  );
}

/**
 * Whether `no_proxy` takes an address out (curl's manual, NO_PROXY): `*`, a host, a domain that it ends in, an IP address
 * or a network of them (`10.0.0.0/8`), each with a port if only that is meant.
 */
function isExcepted(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || isMeant(entry.toLowerCase(), host, port));
}

function isMeant(entry: string, host: string, port: string): boolean {
  const [, bracketed, plain = entry, wanted] =
    /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  if (wanted !== undefined && wanted !== port) return false;
  const name = bracketed ?? plain;
  if (isIP(host) !== 0) return name === host || isInNetwork(name, host);
  const domain = name.replace(/^\*?\./, "");
  return domain !== "" && `.${host}`.endsWith(`.${domain}`);
}

/** @param network Such as `10.0.0.0/8` or `fd00::/8`. */
function isInNetwork(network: string, host: string): boolean {
  const [, address, prefix] = /^([\da-f.:]+)\/(\d{1,3})$/.exec(network) ?? [];
  const version = isIP(address ?? "");
  if (address === undefined || version === 0 || version !== isIP(host)) return false;
  if (Number(prefix) > (version === 6 ? 128 : 32)) return false;
  const family = version === 6 ? "ipv6" : "ipv4";
  const block = new BlockList();
  block.addSubnet(address, Number(prefix), family);
  return block.check(host, family);
}
