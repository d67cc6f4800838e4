import type { ClosureName } from "../closure/sizes.ts";
import { measurePulls } from "../pulls.ts";
import type { Goal, Row } from "../results.ts";
import { chooseContenders, describeClosure, loadClosure, rowsOf, type Scene } from "./scene.ts";

/** Bytes that all processes of the installer may have at most. */
const limit = 160e6;

/** How much more memory the closure that is four times as large may take, to be called flat. */
const flat = 1.1;

const closures: readonly ClosureName[] = ["quarter", "server"];

const title = "peak memory, loopback";

/** What memory a pull takes, and whether it grows with the closure. */
export const memoryScene: Scene = {
  name: "memory",
  title,
  run: async (options) => {
    const { progress } = options;
    const contenders = await chooseContenders(options, ["installer"]);
    const rows: Row[] = [];
    const goals: Goal[] = [];
    for (const compression of ["zstd", "xz"] as const) {
      const peaks: number[] = [];
      for (const name of closures) {
        const closure = await loadClosure(name, progress);
        const runs = options.runs ?? 1;
        const samples = await measurePulls({ ...options, closure, compression, contenders, runs });
        rows.push(...rowsOf(contenders, samples, `${compression}, ${describeClosure(closure)}`));
        peaks.push(Math.max(...samples.map(({ peakMemory }) => peakMemory)));
      }
      const [small = 0, large = 0] = peaks;
      goals.push(
        { title: `peak memory, ${compression}`, value: large, limit, unit: "bytes" },
        {
          title: `peak memory, ${compression}, 1.2 GB against 0.3 GB`,
          value: large / small,
          limit: flat,
          unit: "ratio",
        },
      );
    }
    return { scene: "memory", title, conditions: `to ${options.fileSystem}`, rows, goals };
  },
};
