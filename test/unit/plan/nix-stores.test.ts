import { expect, test } from "bun:test";
import type { Closure, ClosurePath } from "../../../src/cache/closure.ts";
import { InstallerError } from "../../../src/errors.ts";
import { findingText } from "../../../src/findings/refusal-error.ts";
import type { Manifest } from "../../../src/manifest/schema.ts";
import { makePlan, planMachine } from "../../../src/plan/make-plan.ts";
import { unpackBeforehand } from "../../../src/store/portable/unpack-beforehand.ts";
import { rejection } from "../../support/rejection.ts";
import { machineFacts, planInputs } from "./inputs.ts";

/* Plans of manifests with substituters that only the portable store's Nix can read. */

const withStore = (text: string) =>
  text.replace(/^substituters = .*$/m, 'substituters = ["https://a.example.org", "ssh://b:22"]');

const library: ClosurePath = {
  storePath: "/nix/store/4kxs8jfz0b8lzsnpwc0rqynzky1arz7x-library",
  narUrl: "https://a.example.org/nar/x.nar",
  substituter: "https://a.example.org/",
  compression: "none",
  narHash: "sha256:x",
  narSize: 100,
  references: [],
  signatures: [],
};

test("the portable store is there first, and what Nix copies comes after what it refers to", () => {
  const inputs = planInputs("bios", { manifest: withStore });
  const { toplevel } = inputs.system.closure;
  const closure: Closure = {
    toplevel,
    substituters: ["https://a.example.org/"],
    paths: [library],
    copies: [
      {
        storePath: toplevel,
        store: "ssh://b:22",
        narHash: "sha256:y",
        narSize: 200,
        references: [library.storePath],
      },
    ],
    downloadSize: 300,
    narSize: 300,
  };
  const { steps } = makePlan({ ...inputs, system: { ...inputs.system, closure } });
  expect(steps[0]).toMatchObject({ kind: "portable-store", location: "memory", isUnpacked: true });
  const kinds = steps.map(({ kind }) => kind);
  const pull = kinds.indexOf("pull");
  expect(kinds.slice(pull, pull + 3)).toEqual(["pull", "nix-copy", "nix-check"]);
  expect(steps[pull + 1]).toMatchObject({
    id: "nix-copy",
    store: "ssh://b:22",
    requireSignatures: true,
    trustedPublicKeys: inputs.manifest.cache["trusted-public-keys"],
  });
  expect(steps[pull + 2]).toMatchObject({ paths: 2 });
});

test("a live system without ssh is refused before anybody is asked", () => {
  const { ssh: _, ...tools } = machineFacts.tools;
  const { manifest, facts } = planInputs("bios", { manifest: withStore, facts: { tools } });
  const findings = (asked: Manifest) =>
    planMachine({ manifest: asked, facts, root: "/mnt" }).findings.map(findingText);
  expect(findings(manifest)).toEqual([
    "cache.substituters: the live system has no ssh, which ssh://b:22 needs",
  ]);
  const { manifest: other } = planInputs("bios");
  expect(findings(other)).toEqual([]);
});

test("a machine with too little memory for the portable store is refused with the number", async () => {
  const memory = { total: 2 ** 29, available: 300 * 2 ** 20 };
  const step = { tarball: "/nix.tar.xz", root: "/mnt", system: "x86_64-linux" };
  const { signal } = new AbortController();
  const context = { signal, log: () => {} };
  const error = await rejection(unpackBeforehand(step, memory, 20 * 2 ** 20, context));
  expect(error).toBeInstanceOf(InstallerError);
  expect(error).toMatchObject({
    reason: "refused",
    message: expect.stringMatching(/needs \d+ MiB of memory, of which 300 MiB are available/),
  });
});
