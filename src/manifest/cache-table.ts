import * as v from "valibot";
import { described, inJsonSchema } from "../values/described.ts";
import { absolutePath } from "../values/paths.ts";
import type { SecretSource } from "../values/secret.ts";
import { wholeNumber } from "../values/whole-number.ts";
import { expectedSubstituter } from "./substituters.ts";

/** A user name or password in an address would end up in plans, logs and on the screen. */
export const withoutCredentials = v.check((text: string) => {
  const url = URL.parse(text);
  // To ssh, the name alone is no secret.
  const isSsh = url?.protocol === "ssh:" || url?.protocol === "ssh-ng:";
  return url === null || ((isSsh || url.username === "") && url.password === "");
}, "expected an address without user name and password: they would be shown and logged");

const substituter = v.pipe(
  v.string(),
  v.check(
    (text) => expectedSubstituter(text) === undefined,
    ({ input }) => `expected ${expectedSubstituter(input)}`,
  ),
  withoutCredentials,
);

const host = v.pipe(
  v.string(),
  v.regex(
    /^(?:[a-z0-9._-]+|\[[a-f0-9:.]+\])(?::\d{1,5})?$/,
    "expected a host in small letters, with its port if only that is meant: cache.example.org:8443",
  ),
);

const tokenTable = v.strictObject({
  file: described(
    v.optional(absolutePath),
    "A file of the live system that holds the token, and nothing else but a line break at its end.",
  ),
  env: described(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable"),
      ),
    ),
    "A variable of the installer's environment that holds the token.",
  ),
});

/** `{ file = "/path" }` or `{ env = "NAME" }`: somebody who could be asked could not type a token. */
const tokenSource = v.pipe(
  tokenTable,
  v.check(
    ({ file, env }) => (file === undefined) !== (env === undefined),
    'expected one of { file = "/path" } and { env = "NAME" }',
  ),
  inJsonSchema({ oneOf: [{ required: ["file"] }, { required: ["env"] }] }),
  v.transform(({ file = "", env }): SecretSource & ({ env: string } | { file: string }) =>
    env === undefined ? { file } : { env },
  ),
);

/** The table `[cache]`. Keys are called as in nix.conf, where it has them. */
export const cacheTable = v.strictObject({
  substituters: described(
    v.pipe(v.array(substituter), v.minLength(1, "expected at least one URL")),
    "Where the system and all it needs are, as substituters of nix.conf: binary caches by https://, http:// or file://, then stores that only Nix can read: s3://, ssh://, ssh-ng://, local?root=, unix:// or daemon.",
  ),
  "trusted-public-keys": described(
    v.optional(
      v.array(
        v.pipe(
          v.string(),
          v.regex(
            /^[^:\s]+:[A-Za-z0-9+/]{43}=$/,
            "expected a public key as nix-store --generate-binary-cache-key writes it: name:base64",
          ),
        ),
      ),
      [],
    ),
    "Whom to trust, as trusted-public-keys of nix.conf: name:base64.",
  ),
  "require-sigs": described(
    v.optional(v.boolean(), true),
    "Whether every path must be signed by one of these keys, as require-sigs of nix.conf. With false, whoever can answer in place of a cache can install what he likes.",
  ),
  connections: described(
    v.optional(wholeNumber(1, 256), 32),
    "Requests to the caches at once, as http-connections of nix.conf.",
  ),
  "netrc-file": described(
    v.optional(absolutePath),
    "A file of the live system with names and passwords for the caches, as netrc-file of nix.conf. Default: /etc/nix/netrc, where there is one.",
  ),
  "access-tokens": described(
    v.optional(v.record(host, tokenSource), {}),
    "Tokens that the caches ask for (Authorization: Bearer), by host.",
  ),
  "ssl-cert-file": described(
    v.optional(absolutePath),
    "A file of the live system with the certificates of those who may sign those of servers, as ssl-cert-file of nix.conf. Default: those that the live system and the installer know.",
  ),
  "tls-certificate": described(
    v.optional(absolutePath),
    "A file of the live system with the certificate by which caches know this machine, in PEM.",
  ),
  "tls-private-key": described(
    v.optional(absolutePath),
    "A file of the live system with the private key of tls-certificate, in PEM. Default: that in the file of tls-certificate.",
  ),
  "connect-timeout": described(
    v.optional(wholeNumber(1, 3600, "a whole number of seconds"), 15),
    "Seconds that a server has for its first answer, as connect-timeout of nix.conf.",
  ),
  "stalled-download-timeout": described(
    v.optional(wholeNumber(1, 3600, "a whole number of seconds"), 60),
    "Seconds without a byte, or with less than 100 a second, after which a request is given up, as stalled-download-timeout of nix.conf.",
  ),
  "download-attempts": described(
    v.optional(wholeNumber(1, 100), 5),
    "How often the same is asked for, the first time included, as download-attempts of nix.conf.",
  ),
});
