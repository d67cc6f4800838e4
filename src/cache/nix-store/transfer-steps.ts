import type { Closure } from "../closure.ts";
import type { PullStep } from "../pull-step.ts";
import { copyStages } from "./copy-stages.ts";
import type { NixCopyStep } from "./nix-copy-step.ts";

/** What the tables `[cache]` and `[store]` of a manifest say about how a closure is brought to the target. */
export interface TransferOptions {
  readonly connections: number;
  readonly "trusted-public-keys": readonly string[];
  readonly "require-sigs": boolean;
  readonly "auto-optimise-store": boolean;
}

/**
 * The steps that bring a closure to the target: a pull from the caches, and copies by Nix of what they do not have,
 * in an order in which nothing comes before what it refers to.
 */
export function transferSteps(
  closure: Closure,
  options: TransferOptions,
  root: string,
): (PullStep | NixCopyStep)[] {
  const autoOptimise = options["auto-optimise-store"];
  const count = { pull: 0, copy: 0 };
  return copyStages(closure).map((stage) => {
    const number = ++count[stage.kind];
    const suffix = number === 1 ? "" : `/${number}`;
    if (stage.kind === "pull") {
      const { connections } = options;
      const { closure: part } = stage;
      return { kind: "pull", id: `pull${suffix}`, root, closure: part, connections, autoOptimise };
    }
    return {
      kind: "nix-copy",
      id: `nix-copy${suffix}`,
      root,
      store: stage.store,
      paths: stage.paths,
      trustedPublicKeys: options["trusted-public-keys"],
      requireSignatures: options["require-sigs"],
      autoOptimise,
    };
  });
}
