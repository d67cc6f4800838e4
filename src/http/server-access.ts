import { ownValue } from "../own-value.ts";
import { type NetrcEntry, netrcEntryFor } from "./netrc.ts";

/** A certificate with which this machine shows a server who it is. */
export interface ClientCertificate {
  /** The server that gets to see it: `https://cache.example.org`. */
  readonly origin: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

/**
 * What servers are told of who asks, and how they are known: plain data that can be handed to other threads. Holds
 * secrets, and is never logged.
 */
export interface ServerAccess {
  /** The servers that the user has named, as {@link URL.origin}. */
  readonly origins: readonly string[];
  readonly netrc: readonly NetrcEntry[];
  /** Bearer tokens by `host` or `host:port`. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Whose signature a server's certificate must have, PEM; default: those that the live system and the installer know. */
  readonly authorities?: string;
  readonly clientCertificates: readonly ClientCertificate[];
}

/** Nothing special. */
export const openAccess: ServerAccess = {
  origins: [],
  netrc: [],
  tokens: {},
  clientCertificates: [],
};

/**
 * The `Authorization` of a request, if it has any.
 *
 * The user's own secrets go to the servers that were named, wherever the request comes from; to others, where a narinfo or
 * a redirect leads to, only if there is an entry for just that host, and never unencrypted.
 */
export function authorizationFor(url: URL, access: ServerAccess): string | undefined {
  if (url.username !== "" || url.password !== "") {
    return basic(decoded(url.username), decoded(url.password));
  }
  const isNamed = access.origins.includes(url.origin);
  if (!isNamed && url.protocol !== "https:") return undefined;
  const token = ownValue(access.tokens, url.host) ?? ownValue(access.tokens, url.hostname);
  if (token !== undefined) return `Bearer ${token}`;
  const entry = netrcEntryFor(access.netrc, url.hostname, isNamed);
  return entry === undefined ? undefined : basic(entry.login, entry.password);
}

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

/** What is escaped in an address; as it is where that makes no sense. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What `fetch` is told of TLS. */
export function tlsFor(url: URL, access: ServerAccess) {
  const own = access.clientCertificates.find(({ origin }) => origin === url.origin);
  return {
    // Otherwise NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would turn all checks off.
    rejectUnauthorized: true,
    ...(access.authorities === undefined ? {} : { ca: access.authorities }),
    ...(own === undefined ? {} : { cert: own.certificate, key: own.key }),
  };
}
