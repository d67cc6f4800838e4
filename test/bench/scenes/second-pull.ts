import { fillTarget } from "../fill.ts";
import { measurePulls } from "../pulls.ts";
import type { Row } from "../results.ts";
import { chooseClosure, chooseContenders, describeClosure, rowsOf, type Scene } from "./scene.ts";

/** Shares of the paths that are there before. */
const shares = [0, 0.5, 0.99];

const title = "second pull, with a part of the paths there already, zstd cache, loopback";

/** What a pull costs that goes on where another left off. */
export const secondPullScene: Scene = {
  name: "second-pull",
  title,
  run: async (options) => {
    const { progress } = options;
    const closure = await chooseClosure(options, "quarter");
    const contenders = await chooseContenders(options, ["installer", "nix-sid"]);
    const rows: Row[] = [];
    for (const share of shares) {
      const samples = await measurePulls({
        ...options,
        closure,
        compression: "zstd",
        contenders,
        runs: options.runs ?? 3,
        fill: (target) => fillTarget(closure, share, target, progress),
      });
      rows.push(...rowsOf(contenders, samples, `${share * 100} % there`));
    }
    return {
      scene: "second-pull",
      title,
      conditions: `${describeClosure(closure)}, to ${options.fileSystem}`,
      rows,
      goals: [],
    };
  },
};
