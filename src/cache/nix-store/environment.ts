import { existsSync } from "node:fs";
import { cleanEnvironment } from "../../linux/restart.ts";
import { searchPath } from "../../run/command.ts";
import { portableEnvironment, portableProfile } from "../../store/portable/nix.ts";
import { schemeOf, storeCommandAddress } from "./store-address.ts";

/** What Nix may believe of a store. */
export interface StoreTrust {
  /** `name:base64` each, as `trusted-public-keys` of nix.conf. */
  readonly trustedPublicKeys: readonly string[];
  /** As `require-sigs` of nix.conf. */
  readonly requireSignatures: boolean;
}

/** Variables by which users give Nix, and the libcurl in it, ways into the network. */
const networkVariables =
  /^(?:(?:https?|all|no)_proxy|(?:HTTPS?|ALL|NO)_PROXY|SSL_CERT_FILE|NIX_SSL_CERT_FILE)$/;

/** Variables by which users give credentials, by the scheme of the stores they are for. */
const credentialVariables: Readonly<Record<string, RegExp>> = {
  s3: /^AWS_\w+$/,
  ssh: /^SSH_AUTH_SOCK$/,
  "ssh-ng": /^SSH_AUTH_SOCK$/,
};

/**
 * For ssh, after what the user's own `NIX_SSHOPTS` say, which count more: nobody is there to answer questions, and
 * neither a silent server nor a connection that is kept for later may hold up the install.
 */
const sshDefaults = [
  "-oBatchMode=yes",
  "-oConnectTimeout=30",
  "-oServerAliveInterval=15",
  "-oServerAliveCountMax=4",
  "-oControlPersist=no",
];

/** Where live systems keep the certificates of those whom they trust for https. */
const certificateBundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/ssl/certs/ca-bundle.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
  `${portableProfile}/etc/ssl/certs/ca-bundle.crt`,
];

/**
 * The whole environment for the portable store's Nix when it reads another store: that of {@link portableEnvironment},
 * with what such a store needs of the user's (home, agent or credentials, proxies), and trust as the manifest has it.
 *
 * @param store As in the manifest.
 * @param inherited What the user gave the installer.
 */
export function storeEnvironment(
  store: string,
  trust: StoreTrust,
  inherited: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const own = cleanEnvironment(inherited);
  const credentials = credentialVariables[schemeOf(store) ?? ""];
  const isPassedOn = (name: string) => networkVariables.test(name) || credentials?.test(name);
  const certificates = certificateBundles.find((file) => existsSync(file));
  const { sshOptions } = storeCommandAddress(store);
  const userOptions = own.NIX_SSHOPTS === undefined ? [] : [own.NIX_SSHOPTS];
  return {
    ...(certificates === undefined ? {} : { NIX_SSL_CERT_FILE: certificates }),
    ...Object.fromEntries(Object.entries(own).filter(([name]) => isPassedOn(name))),
    ...portableEnvironment,
    PATH: [portableEnvironment.PATH, ...searchPath()].join(":"),
    HOME: own.HOME ?? "/root",
    // Nothing is to be left behind in the user's home.
    XDG_CACHE_HOME: "/nix/var/cache",
    NIX_SSHOPTS: [...sshOptions, ...userOptions, ...sshDefaults].join(" "),
    NIX_CONFIG: [
      portableEnvironment.NIX_CONFIG,
      `trusted-public-keys = ${trust.trustedPublicKeys.join(" ")}`,
      `require-sigs = ${trust.requireSignatures}`,
      "narinfo-cache-negative-ttl = 0",
      "connect-timeout = 30",
    ].join("\n"),
  };
}
