import { expect, test } from "bun:test";
import { storeEnvironment } from "../../../../src/cache/nix-store/environment.ts";

const trust = { trustedPublicKeys: ["a:x", "b:y"], requireSignatures: true };

const given = {
  HOME: "/home/someone",
  AWS_ACCESS_KEY_ID: "name of a key",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "token",
  AWS_PROFILE: "work",
  SSH_AUTH_SOCK: "/run/agent",
  https_proxy: "http://proxy",
  LD_PRELOAD: "/somebody/elses.so",
  NIX_SSHOPTS: "-F /config",
  NIX_CONFIG: "trusted-public-keys = evil:z",
  PASSWORD: "of something else",
};

const passedOn = (store: string) =>
  Object.fromEntries(
    Object.entries(storeEnvironment(store, trust, given)).filter(([name]) =>
      /^AWS_|^(SSH_AUTH_SOCK|https_proxy|LD_PRELOAD|HOME|PASSWORD)$/.test(name),
    ),
  );

test("the Nix that reads S3 gets the credentials for it, and no others", () => {
  expect(passedOn("s3://bucket?profile=work")).toEqual({
    HOME: "/home/someone",
    AWS_ACCESS_KEY_ID: "name of a key",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "token",
    AWS_PROFILE: "work",
    https_proxy: "http://proxy",
  });
});

test("the Nix that reads a store over ssh gets the agent, and no credentials for S3", () => {
  const expected = {
    HOME: "/home/someone",
    SSH_AUTH_SOCK: "/run/agent",
    https_proxy: "http://proxy",
  };
  expect(passedOn("ssh://host")).toEqual(expected);
  expect(passedOn("ssh-ng://host")).toEqual(expected);
});

test("a store of the live system is given no credentials", () => {
  expect(passedOn("daemon")).toEqual({ HOME: "/home/someone", https_proxy: "http://proxy" });
});

test("trust is the manifest's, whatever the user's own Nix believes", () => {
  const { NIX_CONFIG } = storeEnvironment("s3://bucket", trust, given);
  const lines = NIX_CONFIG?.split("\n");
  expect(lines).toContain("trusted-public-keys = a:x b:y");
  expect(lines).toContain("require-sigs = true");
  expect(NIX_CONFIG).not.toContain("evil");
});

test("what the user tells ssh comes before what the installer does", () => {
  const { NIX_SSHOPTS } = storeEnvironment("ssh://host:2222", trust, given);
  expect(NIX_SSHOPTS).toStartWith("-p 2222 -F /config -oBatchMode=yes");
});
