import { compressions } from "../closure/caches.ts";
import type { Line } from "../course.ts";
import { measurePulls } from "../pulls.ts";
import type { Goal, Row } from "../results.ts";
import {
  chooseClosure,
  chooseContenders,
  describeClosure,
  ratioGoal,
  rowNamed,
  rowsOf,
  type Scene,
} from "./scene.ts";

/** What the ratio to newest Nix is to be at most at 50 ms. */
const limit = 0.6;

const opponents = ["installer", "nix-sid"];

function describeLine({ roundTrip, bandwidth }: Line): string {
  return `${roundTrip * 1000} ms, ${bandwidth / 1e6} Mbit/s`;
}

/** A quarter of the server's closure from each kind of cache, 50 ms away: Nix takes minutes for all of it. */
export const farScene: Scene = {
  name: "far",
  title: "caches 50 ms away, 1 Gbit/s",
  run: async (options) => {
    const closure = await chooseClosure(options, "quarter");
    const contenders = await chooseContenders(options, opponents);
    const line = { roundTrip: 0.05, bandwidth: 1e9 };
    const all: Row[] = [];
    const goals: Goal[] = [];
    for (const compression of compressions) {
      const runs = options.runs ?? 2;
      const samples = await measurePulls({
        ...options,
        closure,
        compression,
        contenders,
        line,
        runs,
      });
      const rows = rowsOf(contenders, samples, compression);
      all.push(...rows);
      const title = `${compression} cache, 50 ms, 1 Gbit/s, against newest Nix`;
      const [ours, other] = [rowNamed(rows, "installer"), rowNamed(rows, "nix-sid")];
      goals.push(...ratioGoal(title, limit, ours, other));
    }
    return {
      scene: "far",
      title: "caches 50 ms away, 1 Gbit/s",
      conditions: `${describeClosure(closure)}, to ${options.fileSystem}`,
      rows: all,
      goals,
    };
  },
};

const lines: readonly Line[] = [0.02, 0.05, 0.15].flatMap((roundTrip) =>
  [1e8, 1e9].map((bandwidth) => ({ roundTrip, bandwidth })),
);

/** The same over lines of all kinds. */
export const latencyScene: Scene = {
  name: "latency",
  title: "latencies and bandwidths, zstd cache",
  run: async (options) => {
    const closure = await chooseClosure(options, "quarter");
    const contenders = await chooseContenders(options, opponents);
    const rows: Row[] = [];
    for (const line of lines) {
      options.progress(describeLine(line));
      const runs = options.runs ?? 1;
      const samples = await measurePulls({
        ...options,
        closure,
        compression: "zstd",
        contenders,
        line,
        runs,
      });
      rows.push(...rowsOf(contenders, samples, describeLine(line)));
    }
    return {
      scene: "latency",
      title: "latencies and bandwidths, zstd cache",
      conditions: `${describeClosure(closure)}, to ${options.fileSystem}`,
      rows,
      goals: [],
    };
  },
};
