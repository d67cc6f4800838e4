import type { Closure } from "../closure.ts";
import type { PullStep } from "../pull-step.ts";
import { copyStages } from "./copy-stages.ts";
import type { NixCopyStep } from "./nix-copy-step.ts";

/** What the table `[cache]` of a manifest says about how a closure is brought to the target. */
export interface TransferOptions {
  readonly connections: number;
  readonly "trusted-public-keys": readonly string[];
  readonly "require-sigs": boolean;
}

/**
 * The steps that bring a closure to the target: a pull from the caches, and copies by Nix of what they do not have,
 * in an order in which nothing comes before what it refers to.
 */
export function transferSteps(
  closure: Closure,
  cache: TransferOptions,
  root: string,
): (PullStep | NixCopyStep)[] {
  const count = { pull: 0, copy: 0 };
  return copyStages(closure).map((stage) => {
    const number = ++count[stage.kind];
    const suffix = number === 1 ? "" : `/${number}`;
    if (stage.kind === "pull") {
      const { connections } = cache;
      return { kind: "pull", id: `pull${suffix}`, root, closure: stage.closure, connections };
    }
    return {
      kind: "nix-copy",
      id: `nix-copy${suffix}`,
      root,
      store: stage.store,
      paths: stage.paths,
      trustedPublicKeys: cache["trusted-public-keys"],
      requireSignatures: cache["require-sigs"],
    };
  });
}
