import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isNixStore } from "../cache/nix-store/store-address.ts";
import { errorCode, errorMessage, InstallerError } from "../errors.ts";
import { type NetrcEntry, parseNetrc } from "../http/netrc.ts";
import { certificatesIn, keyProblem } from "../http/pem.ts";
import { defaultHttpSettings } from "../http/retry.ts";
import { type ClientCertificate, openAccess, type ServerAccess } from "../http/server-access.ts";
import { useHttpSettings } from "../http/settings.ts";
import type { Manifest } from "../manifest/schema.ts";
import { readSecretFile } from "../secrets/read-file.ts";
import { describeSecret } from "../values/secret.ts";

/** Where Nix looks for names and passwords unless it is told otherwise (`netrc-file` of nix.conf). */
const defaultNetrc = "/etc/nix/netrc";

/** Where live systems have the authorities that Bun knows by itself. */
const systemAuthorities = "/etc/ssl/certs/";

type CacheTable = Manifest["cache"];

/**
 * Has this process ask servers as the manifest says: with its time limits, certificates and credentials.
 *
 * @throws {InstallerError} `refused` for a file that cannot be read, or holds something else.
 */
export async function useServerAccess(
  manifest: Pick<Manifest, "cache" | "portable-store">,
): Promise<void> {
  const { cache } = manifest;
  const [netrc, tokens, authorities, clientCertificates] = await Promise.all([
    readNetrc(cache),
    readTokens(cache),
    readAuthorities(cache),
    readClientCertificates(cache, cacheOrigins(cache)),
  ]);
  const access: ServerAccess = {
    origins: [...cacheOrigins(cache), ...originOf(manifest["portable-store"]?.tarball)],
    netrc,
    tokens,
    ...(authorities === undefined ? {} : { authorities }),
    clientCertificates,
  };
  useHttpSettings({
    ...defaultHttpSettings,
    connectTimeout: cache["connect-timeout"],
    stallTimeout: cache["stalled-download-timeout"],
    attempts: cache["download-attempts"],
    access,
  });
}

/**
 * Has this process ask servers as the live system does, for as long as no manifest says more.
 *
 * @throws {InstallerError} as {@link useServerAccess}.
 */
export async function useEnvironmentAccess(): Promise<void> {
  const [netrc, authorities] = await Promise.all([readNetrc({}), readAuthorities({})]);
  const access = {
    ...openAccess,
    netrc,
    ...(authorities === undefined ? {} : { authorities }),
  };
  useHttpSettings({ ...defaultHttpSettings, access });
}

/** The origin of a text that is an address of HTTP. */
function originOf(text: string | undefined): string[] {
  const url = text !== undefined && /^https?:/i.test(text) ? URL.parse(text) : null;
  return url === null ? [] : [url.origin];
}

function cacheOrigins({ substituters }: CacheTable): string[] {
  return substituters.filter((each) => !isNixStore(each)).flatMap(originOf);
}

async function readText(file: string, object: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const problem = errorCode(cause) === "ENOENT" ? "it does not exist" : errorMessage(cause);
    throw new InstallerError("refused", `${file} cannot be read: ${problem}`, {
      cause,
      object,
      hint: "Put the file there before the installer is started.",
    });
  }
}

async function readNetrc({
  "netrc-file": named,
}: Pick<CacheTable, "netrc-file">): Promise<NetrcEntry[]> {
  const file = named ?? defaultNetrc;
  if (named === undefined && !existsSync(file)) return [];
  return parseNetrc(await readText(file, "cache.netrc-file"), file);
}

async function readTokens(cache: CacheTable): Promise<Record<string, string>> {
  const entries = Object.entries(cache["access-tokens"]).map(async ([host, source]) => {
    const object = `cache.access-tokens.${host}`;
    const text =
      "env" in source
        ? variable(source.env, object)
        : (await readSecretFile(source, object)).toString("latin1");
    const token = text.trim();
    if (/^[\x21-\x7e]+$/.test(token)) return [host, token] as const;
    const problem = token === "" ? "is empty" : "holds more than letters, digits and signs";
    throw new InstallerError("refused", `the token in ${describeSecret(source)} ${problem}`, {
      object,
    });
  });
  return Object.fromEntries(await Promise.all(entries));
}

function variable(name: string, object: string): string {
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new InstallerError("refused", `the environment variable ${name} is not set`, {
    object,
    hint: "Export it before the installer is started; sudo drops variables unless told to keep them.",
  });
}

/** Those of the manifest, else of the environment, as Nix has it. */
async function readAuthorities(
  cache: Pick<CacheTable, "ssl-cert-file">,
): Promise<string | undefined> {
  const named = cache["ssl-cert-file"];
  if (named !== undefined) return await authoritiesIn(named, "cache.ssl-cert-file");
  const inherited = process.env.NIX_SSL_CERT_FILE ?? "";
  if (inherited === "" || inherited.startsWith(systemAuthorities)) return undefined;
  return await authoritiesIn(inherited, "NIX_SSL_CERT_FILE");
}

async function authoritiesIn(file: string, object: string): Promise<string> {
  return (await readCertificates(file, object)).join("\n");
}

async function readCertificates(file: string, object: string): Promise<string[]> {
  const text = await readText(file, object);
  try {
    return certificatesIn(text);
  } catch (error) {
    throw unusable(file, object, errorMessage(error));
  }
}

function unusable(file: string, object: string, problem: string): InstallerError {
  return new InstallerError("refused", `${file} cannot be used: ${problem}`, { object });
}

/** What the manifest has for all caches, and the addresses of caches for themselves, as in Nix. */
async function readClientCertificates(
  cache: CacheTable,
  origins: readonly string[],
): Promise<ClientCertificate[]> {
  const own = cache.substituters
    .filter((each) => !isNixStore(each))
    .flatMap((text) => {
      const parameters = URL.parse(text)?.searchParams;
      const file = parameters?.get("tls-certificate") ?? undefined;
      const key = parameters?.get("tls-private-key") ?? undefined;
      return originOf(text).map((origin) => ({ origin, file, key, object: "cache.substituters" }));
    });
  const file = cache["tls-certificate"];
  const key = cache["tls-private-key"];
  const all = origins.map((origin) => ({ origin, file, key, object: "cache.tls-certificate" }));
  const read = [...own, ...all].map(async (each): Promise<ClientCertificate[]> => {
    if (each.file === undefined) return [];
    return [
      await readClientCertificate(each.origin, each.file, each.key ?? each.file, each.object),
    ];
  });
  return (await Promise.all(read)).flat();
}

async function readClientCertificate(
  origin: string,
  file: string,
  keyFile: string,
  object: string,
): Promise<ClientCertificate> {
  const certificates = await readCertificates(file, object);
  const key = (await readSecretFile({ file: keyFile }, object)).toString("latin1");
  const problem = keyProblem(key, certificates[0] ?? "");
  if (problem !== undefined) throw unusable(keyFile, object, problem);
  return { origin, certificate: certificates.join("\n"), key };
}
