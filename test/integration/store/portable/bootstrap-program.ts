/*
 * Runs steps in a mount namespace of its own, as the installer does, and tells on standard output how that went. Its
 * only argument is a {@link BootstrapRequest} in JSON.
 */
import { readdirSync } from "node:fs";
import { errorMessage, InstallerError } from "../../../../src/errors.ts";
import { enterMountNamespace } from "../../../../src/linux/namespace.ts";
import { exec } from "../../../../src/run/command.ts";
import type { Progress, StepContext } from "../../../../src/run/step.ts";
import { portableEnvironment, portableNix } from "../../../../src/store/portable/nix.ts";
import { type NixCheckStep, nixCheckStep } from "../../../../src/store/portable/nix-check-step.ts";
import { type PortableStoreStep, portableStoreStep } from "../../../../src/store/portable/step.ts";

export interface BootstrapRequest {
  readonly store: PortableStoreStep;
  readonly check?: NixCheckStep;
  /** Programs to run once the portable store is there, with its environment. */
  readonly commands: readonly (readonly string[])[];
}

export interface BootstrapReport {
  readonly error?: { readonly reason: string; readonly message: string; readonly hint?: string };
  /** The store path of the portable store's Nix. */
  readonly nix?: string;
  /** Standard output of each command. */
  readonly outputs: readonly string[];
  readonly warnings: readonly string[];
  /** What was held open, in order. */
  readonly held: readonly string[];
  readonly lastProgress?: Progress;
  /** `/nix` once everything has been released. */
  readonly nixAfterwards: readonly string[];
}

enterMountNamespace();
const request = JSON.parse(process.argv[2] ?? "") as BootstrapRequest;
const releases: { what: string; release: () => Promise<void> }[] = [];
const warnings: string[] = [];
const outputs: string[] = [];
let lastProgress: Progress | undefined;
let nix: string | undefined;
let failure: BootstrapReport["error"];
const context: StepContext = {
  signal: new AbortController().signal,
  exec,
  profile: () => {},
  progress: (progress) => {
    lastProgress = progress;
  },
  log: (level, message) => {
    if (level === "warning") warnings.push(message);
  },
  hold: (what, release) => releases.push({ what, release }),
  secret: () => new Uint8Array(),
};
try {
  await portableStoreStep.run(request.store, context);
  nix = await portableNix();
  for (const argv of request.commands) {
    outputs.push((await exec(argv, { environment: portableEnvironment })).stdout);
  }
  if (request.check !== undefined) await nixCheckStep.run(request.check, context);
} catch (error) {
  const known = error instanceof InstallerError ? error : undefined;
  failure = {
    reason: known?.reason ?? "none",
    message: errorMessage(error),
    ...(known?.hint === undefined ? {} : { hint: known.hint }),
  };
}
const held = releases.map(({ what }) => what);
for (const { release } of releases.toReversed()) await release();
const report: BootstrapReport = {
  ...(failure === undefined ? {} : { error: failure }),
  ...(nix === undefined ? {} : { nix }),
  outputs,
  warnings,
  held,
  ...(lastProgress === undefined ? {} : { lastProgress }),
  nixAfterwards: readdirSync("/nix"),
};
console.log(JSON.stringify(report));
