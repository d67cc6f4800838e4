import type { Finding } from "./finding.ts";
import type { Outline } from "./outline.ts";
import { isTable, valueAt } from "./toml.ts";

/** What a manifest says of how servers know this machine must fit the servers that it names. */
export function checkAccess({ root }: Outline): Finding[] {
  const { cache } = root;
  if (!isTable(cache)) return [];
  const findings: Finding[] = [];
  if (cache["tls-private-key"] !== undefined && cache["tls-certificate"] === undefined) {
    findings.push({
      path: ["cache", "tls-private-key"],
      side: "key",
      message: '"tls-private-key" is of no use without "tls-certificate"',
      expected: "tls-certificate = the file with the certificate for that key",
    });
  }
  const tokens = cache["access-tokens"];
  if (!isTable(tokens)) return findings;
  const hosts = namedHosts(root);
  for (const host of Object.keys(tokens)) {
    if (hosts.has(host)) continue;
    findings.push({
      path: ["cache", "access-tokens", host],
      side: "key",
      message: `no server of this manifest is at ${JSON.stringify(host)}`,
      expected:
        hosts.size === 0 ? undefined : [...hosts].map((each) => JSON.stringify(each)).join(" or "),
    });
  }
  return findings;
}

/** The hosts that are asked over HTTP, without and with their port. */
function namedHosts(root: Outline["root"]): Set<string> {
  const substituters = valueAt(root, ["cache", "substituters"]);
  const tarball = valueAt(root, ["portable-store", "tarball"]);
  const texts = [...(Array.isArray(substituters) ? substituters : []), tarball];
  const hosts = texts.flatMap((text) => {
    const url = typeof text === "string" && /^https?:/i.test(text) ? URL.parse(text) : null;
    return url === null ? [] : [url.hostname, url.host];
  });
  return new Set(hosts.filter((host) => host !== ""));
}
