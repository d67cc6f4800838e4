import {
  type Closure,
  type ClosurePath,
  isCopied,
  totalDownloadSize,
  totalNarSize,
} from "../closure.ts";
import { inDependencyOrder } from "../closure-order.ts";
import type { CopiedPath } from "./copied-path.ts";

/** A part of a closure that comes from one side in one go; what it refers to is in it or in a stage before. */
export type Stage =
  | { readonly kind: "pull"; readonly closure: Closure }
  | { readonly kind: "copy"; readonly store: string; readonly paths: readonly CopiedPath[] };

/**
 * Takes a closure apart by where its paths come from: Nix registers each path that it copies at once, and only when
 * everything it refers to is registered. Mostly two stages come out: what the caches have, and what is built on it.
 */
export function copyStages(closure: Closure): readonly Stage[] {
  const { copies = [] } = closure;
  if (copies.length === 0) return [{ kind: "pull", closure }];
  const sources: readonly (string | undefined)[] = [
    undefined,
    ...new Set(copies.map(({ store }) => store)),
  ];
  const stages: (ClosurePath | CopiedPath)[][] = [];
  const stageOf = new Map<string, number>();
  for (const path of inDependencyOrder<ClosurePath | CopiedPath>([...closure.paths, ...copies])) {
    // Stage n has paths of the source n modulo the number of sources.
    const source = sources.indexOf(storeOf(path));
    const earliest = Math.max(0, ...path.references.map((name) => stageOf.get(name) ?? 0));
    const wait = (source - earliest) % sources.length;
    const stage = earliest + (wait < 0 ? wait + sources.length : wait);
    stageOf.set(path.storePath, stage);
    while (stages.length <= stage) stages.push([]);
    stages[stage]?.push(path);
  }
  return stages.filter((paths) => paths.length > 0).map((paths) => toStage(paths, closure));
}

function storeOf(path: ClosurePath | CopiedPath): string | undefined {
  return isCopied(path) ? path.store : undefined;
}

function toStage(paths: readonly (ClosurePath | CopiedPath)[], closure: Closure): Stage {
  const copied = paths.filter(isCopied);
  const [first] = copied;
  if (first !== undefined) return { kind: "copy", store: first.store, paths: copied };
  const pulled = paths.flatMap((path) => (isCopied(path) ? [] : [path]));
  return {
    kind: "pull",
    closure: {
      toplevel: closure.toplevel,
      substituters: closure.substituters,
      paths: pulled,
      downloadSize: totalDownloadSize(pulled),
      narSize: totalNarSize(pulled),
    },
  };
}
