import { measurePulls } from "../pulls.ts";
import type { Row } from "../results.ts";
import { chooseContenders, loadClosure, rowNamed, rowsOf, type Scene } from "./scene.ts";

/** What the time per path of the larger closure to that of the smaller is to be at most. */
const limit = 1.1;

const sizes = ["growth-1000", "growth-10000"] as const;

/** How cost grows with the number of paths, their sizes being distributed equally. */
export const growthScene: Scene = {
  name: "growth",
  title: "1,000 and 10,000 paths, zstd cache, loopback",
  run: async (options) => {
    const { fileSystem, progress } = options;
    const contenders = await chooseContenders(options, ["installer", "nix-sid"]);
    const all: Row[] = [];
    const perPath: number[] = [];
    for (const name of sizes) {
      const closure = await loadClosure(name, progress);
      const samples = await measurePulls({
        ...options,
        closure,
        compression: "zstd",
        contenders,
        runs: options.runs ?? 3,
      });
      const paths = closure.storePaths.length;
      const rows = rowsOf(contenders, samples, `${paths} paths`);
      const ours = rowNamed(rows, "installer");
      if (ours !== undefined) perPath.push(ours.seconds / paths);
      all.push(...rows);
    }
    const [small, large] = perPath;
    return {
      scene: "growth",
      title: "1,000 and 10,000 paths, zstd cache, loopback",
      conditions: `70 kB of NAR a path in the mean, to ${fileSystem}`,
      rows: all,
      goals:
        small === undefined || large === undefined
          ? []
          : [
              {
                title: "10,000 paths against 1,000, time per path",
                value: large / small,
                limit,
                unit: "ratio",
              },
            ],
    };
  },
};
