import { fillTarget } from "../fill.ts";
import { measurePulls } from "../pulls.ts";
import {
  chooseClosure,
  chooseContenders,
  describeClosure,
  ratioGoal,
  rowNamed,
  rowsOf,
  type Scene,
} from "./scene.ts";

/** What the ratio of a walk to one request after the other is to be at most. */
const limit = 0.05;

const title = "closure walk of 1,000 narinfos, 50 ms away";

/** How long it takes to find out what belongs to a closure: a pull of what is there already is nothing else. */
export const walkScene: Scene = {
  name: "walk",
  title,
  run: async (options) => {
    const { progress } = options;
    const closure = await chooseClosure(options, "growth-1000");
    const course = {
      ...options,
      closure,
      compression: "zstd",
      line: { roundTrip: 0.05, bandwidth: 1e9 },
      fill: (target: string) => fillTarget(closure, 1, target, progress),
    } as const;
    const walkers = await chooseContenders(options, ["installer"]);
    const walks = await measurePulls({ ...course, contenders: walkers, runs: options.runs ?? 3 });
    for (const { contender, requests } of walks) {
      if (requests >= closure.storePaths.length) continue;
      throw new Error(`${contender} asked for ${requests} files only: that is no walk`);
    }
    const floors = await chooseContenders({ ...options, contenders: ["one-by-one"] }, []);
    // A minute of waiting, the same every time.
    const requests = await measurePulls({ ...course, contenders: floors, runs: 1 });
    const rows = [...rowsOf(walkers, walks), ...rowsOf(floors, requests)];
    const [ours, other] = [rowNamed(rows, "installer"), rowNamed(rows, "one-by-one")];
    return {
      scene: "walk",
      title,
      conditions: `${describeClosure(closure)}, all of them there already`,
      rows,
      goals: ratioGoal(`${title}, against requests one by one`, limit, ours, other),
    };
  },
};
