import type { Progress } from "../../system/run.ts";
import { type BenchClosure, buildClosure } from "../closure/build.ts";
import { type ClosureName, closureSizes } from "../closure/sizes.ts";
import type { Contender } from "../contenders/contender.ts";
import { contenderNamed } from "../contenders/index.ts";
import type { Sample } from "../pulls.ts";
import { type Goal, type Row, type SceneResult, summarize } from "../results.ts";
import type { FileSystem } from "../target.ts";

/** What a scene may be told; what is left out is the scene's own choice. */
export interface SceneOptions {
  readonly fileSystem: FileSystem;
  readonly runs?: number;
  readonly contenders?: readonly string[];
  readonly closure?: ClosureName;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** One thing to measure. */
export interface Scene {
  readonly name: string;
  /** What it is about, in a line. */
  readonly title: string;
  readonly run: (options: SceneOptions) => Promise<SceneResult>;
}

/** The contenders that are asked for, or those of the scene. */
export async function chooseContenders(
  { contenders, progress }: SceneOptions,
  own: readonly string[],
): Promise<readonly Contender[]> {
  const chosen: Contender[] = [];
  for (const name of contenders ?? own) chosen.push(await contenderNamed(name, progress));
  return chosen;
}

/** A closure, built if it is not there yet. */
export function loadClosure(name: ClosureName, progress: Progress): Promise<BenchClosure> {
  return buildClosure(closureSizes[name], progress);
}

/** The closure that is asked for, or that of the scene. */
export function chooseClosure(
  { closure, progress }: SceneOptions,
  own: ClosureName,
): Promise<BenchClosure> {
  return loadClosure(closure ?? own, progress);
}

/** A row for each contender that has samples; with a condition, if the scene has several. */
export function rowsOf(
  contenders: readonly Contender[],
  samples: readonly Sample[],
  condition?: string,
): readonly Row[] {
  return contenders.map(({ name, label }) => {
    const own = samples.filter(({ contender }) => contender === name);
    return summarize(name, condition === undefined ? label : `${label}, ${condition}`, own);
  });
}

/** The ratio of two rows' seconds as a goal; none if one of them is not there. */
export function ratioGoal(
  title: string,
  limit: number,
  ours: Row | undefined,
  other: Row | undefined,
): readonly Goal[] {
  if (ours === undefined || other === undefined) return [];
  return [{ title, value: ours.seconds / other.seconds, limit, unit: "ratio" }];
}

/** The row of a contender. */
export function rowNamed(rows: readonly Row[], name: string): Row | undefined {
  return rows.find(({ contender }) => contender === name);
}

/** What is pulled, in words. */
export function describeClosure({ storePaths, narSize }: BenchClosure): string {
  return `${storePaths.length} store paths, ${(narSize / 1e6).toFixed(0)} MB of NARs`;
}
